"""What is called out of a change, and its words: in Redis to the byte as dbot has them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, assert_never
from urllib.parse import quote_plus

import orjson

VERSION = 1
VARIABLES = frozenset({"id", "type", "username", "user_id", "usernames_safe"})
"""What an address may have filled in. What a type of event does not have is empty."""


class Type(StrEnum):
    """Of events; an event of one change comes in this order."""

    NEW_USER = "new_user"
    USER_LEFT = "user_left"
    USERS_CONNECTED = "users_connected"
    """The first ones are in an empty channel."""
    USERS_LEFT = "users_left"
    """The last one is out."""


@dataclass(frozen=True, slots=True)
class Person:
    id: int
    username: str


@dataclass(frozen=True, slots=True)
class Callout:
    type: Type
    at: datetime
    people: tuple[Person, ...] = ()
    """One; for `users_connected` everybody who is in; for `users_left` nobody."""


def values(channel_id: int, callout: Callout) -> Mapping[str, Any]:
    """For an address."""
    found: dict[str, Any] = dict.fromkeys(VARIABLES, "")
    found |= {"id": channel_id, "type": callout.type.value}
    match callout.type:
        case Type.NEW_USER | Type.USER_LEFT:
            [person] = callout.people
            found |= {"username": person.username, "user_id": person.id}
        case Type.USERS_CONNECTED:
            names = ",".join(person.username for person in callout.people)
            found["usernames_safe"] = quote_plus(names)
        case Type.USERS_LEFT:
            pass
        case _:
            assert_never(callout.type)
    return found


def body(channel_id: int, callout: Callout) -> str:
    """For Redis."""
    message = {
        "version": VERSION,
        "type": callout.type.value,
        "data": _data(callout),
        "channel_id": channel_id,
        "happened_at": callout.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
    }
    return orjson.dumps(message).decode()


def _data(callout: Callout) -> Mapping[str, Any]:
    told = [{"id": person.id, "username": person.username} for person in callout.people]
    match callout.type:
        case Type.NEW_USER | Type.USER_LEFT:
            return told[0]
        case Type.USERS_CONNECTED:
            return {"usernames": [person.username for person in callout.people], "users": told}
        case Type.USERS_LEFT:
            return {}
        case _:
            assert_never(callout.type)
