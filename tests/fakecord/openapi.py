"""A pytest plugin: whatever any test asks of a fakecord is held against Discord's own description.

Every answer, and every request that was accepted, must validate; a test whose traffic does not
fails, whatever else it asserts. Loaded by the root conftest when DISCORD_OPENAPI names the file
(`specs/openapi.json` of https://github.com/discord/discord-api-spec).
"""

from __future__ import annotations

import copy
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema_rs import Draft202012, Draft202012Validator, Registry, ValidationError

from fakecord import Fakecord
from fakecord.requests import Request

Json = dict[str, Any]
UNDESCRIBED = {
    "POST /oauth2/token": "OAuth2 is described by RFC 6749, not by this description",
    "POST /oauth2/token/revoke": "OAuth2 is described by RFC 7009, not by this description",
}
"""Routes that are documented, but not in the description: each with the reason."""
AMENDED: dict[str, tuple[Json, str]] = {
    "ApplicationFormPartial/properties/description": (
        {"type": ["string", "null"]},
        "a string in https://docs.discord.com/developers/resources/application#edit-current-application",
    ),
    "InnerErrors/properties/_errors/items": (
        {
            "type": "object",
            "required": ["code", "message"],
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
        },
        "codes of fields are words, as in https://docs.discord.com/developers/reference#error-messages",
    ),
    "RatelimitedResponse/allOf/0": (
        {
            "type": "object",
            "required": ["message"],
            "properties": {"message": {"type": "string"}, "code": {"type": "integer"}},
        },
        "`code?` in https://docs.discord.com/developers/topics/rate-limits#exceeding-a-rate-limit",
    ),
}
"""Where the description and the documentation differ, the documentation holds: schema and reason."""
BITS = frozenset({"allow", "deny", "permissions", "default_member_permissions"})


class Description:
    """The description twice: as it is for answers, and for requests as client libraries send them."""

    undescribed = UNDESCRIBED

    def __init__(self, document: Json) -> None:
        self._document = document
        for place, (schema, _) in AMENDED.items():
            *keys, last = place.split("/")
            at = self._at(["components", "schemas", *keys])
            at[int(last) if isinstance(at, list) else last] = schema
        asked = copy.deepcopy(document)
        # discord.py sends ids as numbers.
        snowflake = asked["components"]["schemas"]["SnowflakeType"]
        asked["components"]["schemas"]["SnowflakeType"] = {
            "oneOf": [snowflake, {"type": "integer", "minimum": 0}]
        }
        resources = [("urn:answer", document), ("urn:ask", asked)]
        self._registry = Registry(resources, draft=Draft202012)
        self._validators: dict[str, Draft202012Validator] = {}
        # A fixed word before a parameter: `/messages/@original` before `/messages/{message_id}`.
        paths = sorted(document["paths"], key=lambda path: path.count("{"))
        self._paths: list[tuple[re.Pattern[str], str]] = [(_pattern(path), path) for path in paths]

    def operation(self, method: str, path: str) -> str | None:
        """The path of the description that *path* is of, if it knows *method* there."""
        for pattern, name in self._paths:
            if pattern.fullmatch(path) and method.lower() in self._document["paths"][name]:
                return name
        return None

    def mismatches(self, request: Request, status: int, answer: bytes) -> Iterator[str]:
        """What the description does not say of this request and its answer."""
        if request.route is None:
            return
        name = self.operation(request.method, request.path)
        if name is None:
            if f"{request.method} {request.route}" not in UNDESCRIBED:
                yield f"{request.method} {request.route} is not described"
            return
        keys = ["paths", name, request.method.lower()]
        if status < 300 and request.body is not None:
            yield from self._asked([*keys, "requestBody"], request)
        for problem in self._answered([*keys, "responses"], status, answer):
            yield f"{request.method} {request.route} → {status}: {problem}"

    def _asked(self, keys: list[str], request: Request) -> Iterator[str]:
        body = self._at(keys[:-1]).get("requestBody")
        if body is None:
            if request.body:
                yield f"{request.method} {request.route}: a body, and none is described"
            return
        schema = [*keys, "content", "application/json", "schema"]
        for problem in self._problems("urn:ask", schema, _bits_as_numbers(request.body)):
            yield f"{request.method} {request.route} with {problem}"

    def _answered(self, keys: list[str], status: int, answer: bytes) -> Iterator[str]:
        described = self._at(keys)
        key = str(status) if str(status) in described else f"{status // 100}XX"
        if key not in described:
            yield f"status {status} is not described"
            return
        reference = described[key].get("$ref")
        keys = reference.removeprefix("#/").split("/") if reference else [*keys, key]
        content = self._at(keys).get("content")
        if content is None:
            if answer:
                yield "a body, and none is described"
            return
        schema = [*keys, "content", "application/json", "schema"]
        yield from self._problems("urn:answer", schema, orjson.loads(answer))

    def _at(self, keys: list[str]) -> Any:
        found: Any = self._document
        for key in keys:
            found = found[key]
        return found

    def _problems(self, document: str, keys: list[str], value: object) -> Iterator[str]:
        pointer = "/".join(key.replace("~", "~0").replace("/", "~1") for key in keys)
        reference = f"{document}#/{_quoted(pointer)}"
        if reference not in self._validators:
            self._validators[reference] = Draft202012Validator(
                {"$ref": reference}, registry=self._registry
            )
        for error in self._validators[reference].iter_errors(value):
            yield _told(error)


@dataclass
class Gate:
    """What one test's traffic got wrong so far."""

    description: Description
    wrong: list[str] = field(default_factory=list)
    seen: int = 0

    def __call__(self, request: Request, status: int, answer: bytes) -> None:
        self.seen += 1
        self.wrong += self.description.mismatches(request, status, answer)

    def check(self) -> None:
        wrong, self.wrong = list(dict.fromkeys(self.wrong)), []
        if wrong:
            pytest.fail("Discord's description knows nothing of\n" + "\n".join(wrong), False)


@cache
def gate() -> Gate:
    return Gate(Description(json.loads(Path(os.environ["DISCORD_OPENAPI"]).read_bytes())))


@pytest.fixture
def description() -> Description:
    return gate().description


@pytest.fixture
def traffic() -> Gate:
    return gate()


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup() -> Iterator[None]:
    """Whatever a fixture calls a fakecord, it is listened to."""
    made = yield
    if isinstance(made, Fakecord):
        made.requests.listen(gate())
    return made


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    result = yield
    gate().check()
    return result


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown() -> Iterator[None]:
    result = yield
    gate().check()
    return result


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{\w+\}", path)
    return re.compile("[^/]+".join(re.escape(part) for part in parts))


def _quoted(pointer: str) -> str:
    return pointer.replace("{", "%7B").replace("}", "%7D").replace("@", "%40")


def _bits_as_numbers(value: Any) -> Any:
    """Clients send permissions as strings, as Discord does; the description has them as numbers."""
    if isinstance(value, list):
        return [_bits_as_numbers(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: int(each)
        if key in BITS and isinstance(each, str) and each.isdecimal()
        else _bits_as_numbers(each)
        for key, each in value.items()
    }


def _told(error: ValidationError) -> str:
    where = "$" + "".join(
        f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.instance_path
    )
    return f"{where}: {error.message[:400]}"
