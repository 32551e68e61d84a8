"""What receivers are told of an event. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any

import orjson

from rallypoint.kernel.errors import Refused

VERSION = 1
_OURS = {"fleeting"}
"""What an event says to ourselves only."""


@dataclass(frozen=True, slots=True)
class Fact:
    """An event as it is sent."""

    id: str
    kind: str
    subject: str
    at: datetime
    data: Mapping[str, Any]

    @property
    def guild_id(self) -> int | None:
        return guild_of(self.data)


def guild_of(data: Mapping[str, Any]) -> int | None:
    """None: it is about the program as a whole."""
    guild_id = data.get("guild_id")
    return guild_id if isinstance(guild_id, int) else None


@dataclass(frozen=True, slots=True)
class Prepared:
    """What an event says to a destination whose config is `prepared`: an address with what is to be filled in, or a
    body."""

    sealed: str = ""
    """The address, a template, as `api.seal` gives it for that destination."""
    template: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    body: str = ""
    about: Sequence[int] = ()
    """Whom it names: when one of them is to be forgotten, all of it is."""

    def data(self) -> dict[str, Any]:
        """As it is kept with the delivery."""
        about = {f"user_{number}": user_id for number, user_id in enumerate(self.about, 1)}
        said = (
            {"body": self.body} if self.body else {"sealed": self.sealed, "values": {**self.values}}
        )
        return said | about


def prepared(fact: Fact) -> Prepared:
    """Raise Refused if it is not."""
    data = fact.data
    if isinstance(data.get("body"), str):
        return Prepared(body=data["body"])
    if not isinstance(data.get("url"), str) or not isinstance(data.get("values"), dict):
        raise Refused("not_prepared")
    return Prepared(template=data["url"], values=data["values"])


def body(fact: Fact) -> bytes:
    """The native body, the same on every attempt and to every kind of destination."""
    return orjson.dumps(told(fact))


def told(fact: Fact) -> dict[str, Any]:
    guild_id = fact.guild_id
    return {
        "id": fact.id,
        "kind": fact.kind,
        "version": VERSION,
        "guild_id": None if guild_id is None else str(guild_id),
        "subject": fact.subject,
        "happened_at": moment(fact.at),
        "data": _told(fact.data),
        "trace_id": _trace(fact),
    }


def moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


HEAD = frozenset({"event_id", "kind", "guild_id", "subject", "happened_at"})
VARIABLES = HEAD | {"data.*"}
"""What templates may use."""


def variables(events: Iterable[type[Any]]) -> frozenset[str]:
    """What a template may use that is to be filled with one of *events*."""
    names = (each.name for event in events for each in fields(event))
    return HEAD | {f"data.{name}" for name in names if name not in _OURS}


def values(fact: Fact) -> dict[str, Any]:
    """By the names that templates may use."""
    body = told(fact)
    return {
        "event_id": fact.id,
        "kind": fact.kind,
        "guild_id": body["guild_id"],
        "subject": fact.subject,
        "happened_at": body["happened_at"],
        "data": body["data"],
    }


def _told(data: Mapping[str, Any]) -> dict[str, Any]:
    """Ids as text: most languages read JSON's numbers as doubles, which do not hold them."""
    return {name: _with_ids(name, value) for name, value in data.items() if name not in _OURS}


def _with_ids(name: str, value: Any) -> Any:
    if name.endswith("_id") and isinstance(value, int):
        return str(value)
    if name.endswith("_ids") and isinstance(value, list):
        return [str(each) for each in value]
    return value


def _trace(fact: Fact) -> str:
    """The same for events that one thing caused."""
    cause = fact.data.get("cause")
    return cause if isinstance(cause, str) and cause else fact.id
