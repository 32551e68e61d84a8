"""A row's life: creating → open ⇄ emptying → deleting → closed.

There are two other ways. `deleting` goes back to `open` when, before the DELETE was sent, somebody came in: a program
killed in between must not delete a room with people in it. A create that was taken for failed and turns up after all
goes from `closed` to `emptying`: the row must name the channel, or nobody would ever delete it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class State(StrEnum):
    CREATING = "creating"
    OPEN = "open"
    EMPTYING = "emptying"
    DELETING = "deleting"
    CLOSED = "closed"


LIVE = (State.CREATING, State.OPEN, State.EMPTYING, State.DELETING)
WITH_CHANNEL = (State.OPEN, State.EMPTYING, State.DELETING)


class Reason(StrEnum):
    """Why a room was closed."""

    EMPTY = "empty"
    FAILED = "failed"
    """It never came to be."""
    GONE = "gone"
    """Somebody else deleted the channel."""
    UNDECIDABLE = "undecidable"
    """More than one channel may be the one, or Discord does not let us look: none is touched."""


@dataclass(frozen=True, slots=True)
class Occupied:
    """People are in."""


@dataclass(frozen=True, slots=True)
class EmptySince:
    """Nobody is in; the deadline counts from here."""

    deadline: datetime

    def is_due(self, now: datetime) -> bool:
        return self.deadline <= now


def occupancy(
    *, humans: int, opened_at: datetime, last_left: datetime | None, empty_after: timedelta
) -> Occupied | EmptySince:
    """A stay that ended before the room opened says nothing: Discord never reuses an id, but clocks differ."""
    if humans:
        return Occupied()
    return EmptySince(max(opened_at, last_left or opened_at) + empty_after)
