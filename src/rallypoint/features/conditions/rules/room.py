"""Who is in a channel, and whether enough are for long enough."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from .asked import JOINED, Conditions
from .heard import Heard, is_about, member_of

LEFT, EMPTIED = "presence.left", "presence.emptied"
KINDS = frozenset({JOINED, LEFT, EMPTIED})


@dataclass(frozen=True, slots=True)
class Held:
    """It is sent at that moment, unless there are too few before."""

    event: Heard
    due: datetime


@dataclass(frozen=True, slots=True)
class Room:
    occupants: frozenset[int] = frozenset()
    held: Held | None = None

    @property
    def is_blank(self) -> bool:
        return not self.occupants and self.held is None


def heard(room: Room, event: Heard, conditions: Conditions) -> Room:
    """With who is there after *event*; what was held is let go if they are too few."""
    occupants = _after(room.occupants, event, conditions)
    gathering = conditions.gathering
    enough = gathering is not None and len(occupants) >= gathering.at_least
    return replace(room, occupants=occupants, held=room.held if enough else None)


def has_gathered(before: Room, after: Room, conditions: Conditions) -> bool:
    gathering = conditions.gathering
    if gathering is None:
        return False
    return len(before.occupants) < gathering.at_least <= len(after.occupants)


def _after(occupants: frozenset[int], event: Heard, conditions: Conditions) -> frozenset[int]:
    member = member_of(event)
    if event.kind == EMPTIED and conditions.counted == "people":
        return frozenset()
    if event.kind == LEFT and member is not None:
        return occupants - {member}
    counts = event.kind == JOINED and not event.fleeting and is_about(event, conditions.counted)
    return occupants | {member} if counts and member is not None else occupants
