"""schemathesis: whatever is sent, the answers are those that are declared, and never an error of ours."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from schemathesis import GenerationMode

from tests.rest.conftest import NEW

FITTING = {
    "task_type": ["rooms.reconcile"],
    "task_config": [{}],
    "expression": ["0 3 * * *", "*/5 * * * MON"],
    "zone": ["UTC", "Europe/Berlin"],
    "kind": ["webhook.post"],
    "config": [{"url": "https://hooks.example/in"}],
    "event": ["presence.joined"],
    "quiet_hours": [{"start": "22:00", "end": "07:00", "zone": "Europe/Berlin"}, None],
    # Of these two one at a time.
    "occupancy": [{"at_least": 3}, {"at_least": 2, "for_seconds": 60}, None],
    "first_joiner": [False],
    "kinds": [["presence.*"], ["*", "rooms.opened"]],
    "since": ["2030-01-31T20:00:00Z", None],
    "until": ["2130-01-31T20:00:00Z", None],
    "at": ["2130-01-31T20:00:00Z", "2131-01-31T20:00:00.5+05:30"],
}
"""What fits is more than a schema can say of these: which zones there are, or that a moment is to come."""


@pytest.fixture
def house_rules():
    return {"api_per_minute": 100_000, "bad_tokens_per_minute": 100_000}


def at_home(
    description: dict[str, Any], guild_id: str, ids: Mapping[str, list[str]]
) -> dict[str, Any]:
    """The same interface, where what is good by its form is mostly good. *ids*: by what is in the path."""
    for path, operations in description["paths"].items():
        for operation in operations.values():
            # What is made up twice would be another request with a key that was used.
            operation["parameters"] = [
                each
                for each in operation.get("parameters", ())
                if each["name"] != "Idempotency-Key"
            ]
            for parameter in operation["parameters"]:
                if parameter["in"] == "path":
                    sort = next((each for each in ids if f"/{each}" in path), "")
                    known = [guild_id] if parameter["name"] == "guild" else ids[sort]
                    parameter["schema"] = {"type": "string", "enum": known}
                elif parameter["name"] == "wait":
                    # A stream that ends at once.
                    parameter |= {"required": True, "schema": {"type": "integer", "enum": [0]}}
    there = {
        "destination_id": ids["destinations"],
        "subscription_id": [*ids["subscriptions"], None],
    }
    fitting = FITTING | there
    for schema in description["components"]["schemas"].values():
        for name in fitting.keys() & schema.get("properties", {}).keys():
            if schema.get("additionalProperties") is False:
                schema["properties"][name] = {"enum": fitting[name]}
    return description


class Attack:
    def __init__(self, description: dict[str, Any], url: str, headers: dict[str, str]) -> None:
        self._description = description
        self._url = url
        self._headers = headers
        self.statuses: dict[str, set[int]] = {}

    def run(self, examples: int) -> None:
        schema: Any = schemathesis.openapi.from_dict(self._description)
        operations = [found.ok() for found in schema.get_all_operations()]
        found: list[BaseException] = []
        for operation in sorted(operations, key=lambda each: each.method == "delete"):
            for mode in GenerationMode:
                try:
                    self._run(operation, mode, examples)
                except (Exception, BaseExceptionGroup) as error:
                    # All that is wrong is told at once: this takes long.
                    found.append(error)
        if found:
            raise BaseExceptionGroup("something was found", found)

    def _run(self, operation: Any, mode: GenerationMode, examples: int) -> None:
        @seed(20261122)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode).filter(is_told_apart))
        def check(case: Any) -> None:
            answer = case.call_and_validate(base_url=self._url, headers=self._headers)
            self.statuses.setdefault(operation.label, set()).add(answer.status_code)
            for created in answer.headers.get("location", ()):
                # Or the server's quota is soon used up.
                assert httpx.delete(f"{self._url}{created}", headers=self._headers).is_success

        check()


def is_told_apart(case: Any) -> bool:
    """Not what is right although it was meant to be wrong: a list of one in a query, which is written as the one, and a
    stream that does not end at once."""
    query = case.query or {}
    waits = str(query.get("wait", "0"))
    lists = [each for each in query.values() if isinstance(each, list)]
    return all(len(each) > 1 for each in lists) and (waits == "0" or not waits.isdecimal())


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("examples", [6, pytest.param(300, marks=pytest.mark.chaos)])
@pytest.mark.timeout(3000)
# The program runs in another thread, and rolls dice of its own.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")
async def test_nothing_is_found(
    house, alice, as_, guild, tasks, dashboard, examples, plant_destination, plant_subscription
):
    asks = await as_(alice)
    ids = {
        "scheduled-tasks": [(await asks("POST", tasks, NEW)).json()["id"] for _ in range(5)],
        "destinations": [await plant_destination(guild.id) for _ in range(5)],
        "subscriptions": [await plant_subscription(guild.id) for _ in range(5)],
    }
    description = at_home((await asks("GET", "/api/v1/openapi.json")).json(), guild.id, ids)
    attack = Attack(description, dashboard, asks.headers)

    await asyncio.to_thread(attack.run, examples)

    wanted = {"GET": 200, "POST": 201, "PATCH": 200, "DELETE": 204}
    special = {"execute": 202, "test": 202, "replay": 202, "secret": 200, "simulate": 200}
    missed = [
        label
        for label, seen in attack.statuses.items()
        if special.get(label.rpartition("/")[2], wanted[label.split()[0]]) not in seen
    ]
    assert missed == []
    assert len(attack.statuses) == 30
