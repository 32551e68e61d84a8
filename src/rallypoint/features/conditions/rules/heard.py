"""What an event says, whatever it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .asked import Members

MEMBER = ("user_id", "member_id", "owner_id")


@dataclass(frozen=True, slots=True)
class Heard:
    id: str
    kind: str
    subject: str
    at: datetime
    data: Mapping[str, Any]
    fleeting: bool = False
    """It is never sent, and changes only who is there."""


def guild_of(event: Heard) -> int | None:
    return _number(event.data.get("guild_id"))


def member_of(event: Heard) -> int | None:
    """Whom it is about."""
    said = (_number(event.data.get(name)) for name in MEMBER)
    return next((each for each in said if each is not None), None)


def is_about(event: Heard, members: Members) -> bool:
    if members == "everybody":
        return member_of(event) is not None
    return event.data.get("bot") is (members == "bots")


def start_of(event: Heard) -> datetime | None:
    """When the game starts that it tells of."""
    said = event.data.get("starts_at")
    if not isinstance(said, str):
        return None
    try:
        moment = datetime.fromisoformat(said)
        return moment if moment.utcoffset() is not None else None
    except (ValueError, OverflowError):
        return None


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
