"""What can be asked, in sections: by what OpenAPI says of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rallypoint.adapters.http import openapi
from rallypoint.adapters.http.openapi import JSON
from rallypoint.kernel.people import Role, Scope
from rallypoint.ui.web.answers import ALWAYS

from .shapes import Field, Piece, Schemas, Shape, name_of, prose

Json = Mapping[str, Any]
NO = 400
"""From here on it is one, which always looks the same."""
EVENTS = "text/event-stream"
BEARER = '-H "Authorization: Bearer $TOKEN"'


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    about: str
    type: Sequence[Piece] = ()

    @property
    def is_good(self) -> bool:
        return self.status < NO


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    name: str
    title: str
    method: str
    path: str
    about: str
    role: Role | None
    """None: it is of no server."""
    scope: Scope
    parameters: Sequence[Field]
    headers: Sequence[str]
    body: Shape | None
    answers: Sequence[Answer]
    """Without those that any route may give."""
    example: str
    """A line for a shell in which $TOKEN, and what is in the path, is set."""


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    """Marked with `N_`."""
    operations: Sequence[Operation]
    shapes: Sequence[Shape]
    """What the operations name, but for the bodies that they show themselves."""

    @property
    def slug(self) -> str:
        return self.title.lower().replace(" ", "-")


def sections_of(described: Json, *, base: str) -> list[Section]:
    """*base*: where programs ask."""
    reader = _Reader(Schemas(described["components"]["schemas"]), base)
    found: dict[str, list[tuple[str, str, Json]]] = {}
    for path, method, operation in openapi.operations(dict(described)):
        found.setdefault(operation["tags"][0], []).append((path, method, operation))
    return [reader.section(title, several) for title, several in found.items()]


def texts_of(sections: Sequence[Section]) -> Iterator[str]:
    """All that is said in them to people, some of it more than once."""
    for section in sections:
        yield section.title
        for each in section.operations:
            yield from (each.title, each.about, *(answer.about for answer in each.answers))
            yield from (field.about for field in each.parameters)
        bodies = (each.body for each in section.operations)
        for shape in (*section.shapes, *filter(None, bodies)):
            yield from (shape.about, *(field.about for field in shape.fields))


class _Reader:
    def __init__(self, schemas: Schemas, base: str) -> None:
        self._schemas = schemas
        self._base = base

    def section(self, title: str, several: Sequence[tuple[str, str, Json]]) -> Section:
        sent: dict[str, None] = {}
        told: dict[str, None] = {}
        for _, _, operation in several:
            for body in self._content(operation.get("requestBody", {})):
                self._schemas.collect_inner(name_of(body), sent)
            for status, answer in operation["responses"].items():
                for content in self._content(answer) if int(status) < NO else ():
                    self._schemas.collect(content, told)
        named = {**told, **sent}
        shapes = [self._schemas.shape(each, is_sent=each in sent) for each in named]
        return Section(title, [self._operation(*each) for each in several], shapes)

    def _operation(self, path: str, method: str, said: Json) -> Operation:
        needs, parameters = said[openapi.NEEDS], said.get("parameters", ())
        bodies = self._content(said.get("requestBody", {}))
        role = needs["role"]
        return Operation(
            name=said["operationId"],
            title=said["summary"],
            method=method.upper(),
            path=path,
            about=prose(said["description"].removesuffix(needs["words"])),
            role=None if role is None else Role[role.upper()],
            scope=needs["scope"],
            parameters=[self._parameter(each) for each in parameters if each["in"] != "header"],
            headers=[each["name"] for each in parameters if each["in"] == "header"],
            body=self._schemas.shape(name_of(bodies[0])) if bodies else None,
            answers=[
                self._answer(int(status), each)
                for status, each in sorted(said["responses"].items())
                if int(status) not in ALWAYS
            ],
            example=self._example(path, method, said, bodies),
        )

    def _parameter(self, said: Json) -> Field:
        return self._schemas.field(
            said["name"],
            said["schema"],
            needed=said.get("required", False),
            where=said["in"],
            about=said.get("description", ""),
        )

    def _answer(self, status: int, said: Json) -> Answer:
        content = self._content(said) if status < NO else ()
        about = said.get("description", "")
        return Answer(
            status,
            "" if about == "Successful Response" else about,
            self._schemas.type(content[0]) if content else (),
        )

    def _content(self, said: Json) -> list[Json]:
        return [
            each["schema"]
            for kind, each in said.get("content", {}).items()
            if kind in (JSON, EVENTS)
        ]

    def _example(self, path: str, method: str, said: Json, bodies: Sequence[Json]) -> str:
        where = re.sub(r"\{(\w+)\}", lambda found: f"${found[1].upper()}", path)
        words = ["curl", BEARER]
        if EVENTS in said["responses"].get("200", {}).get("content", {}):
            words.insert(1, "-N")
        if method not in ("get", "post") or (method == "post" and not bodies):
            words.insert(1, f"-X {method.upper()}")
        line = f"{' '.join(words)} \\\n  {self._base}{where}"
        if not bodies:
            return line
        body = json.dumps(self._schemas.example(bodies[0]), ensure_ascii=False)
        return f"{line} \\\n  -H \"Content-Type: application/json\" \\\n  -d '{body}'"
