"""A row's life: creating → open ⇄ emptying → deleting → closed.

There are two other ways. `deleting` goes back to `open` when, before the DELETE was sent, somebody came in: a program
killed in between must not delete a room with people in it. (Not if its end was asked for.) A create that was taken for
failed and turns up after all goes from `closed` to `emptying`: the row must name the channel, or nobody would ever
delete it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

KEEPER = "rooms"
"""Keeps what no other feature keeps: such a room lives as long as people are in it."""


class State(StrEnum):
    CREATING = "creating"
    OPEN = "open"
    EMPTYING = "emptying"
    DELETING = "deleting"
    CLOSED = "closed"


LIVE = (State.CREATING, State.OPEN, State.EMPTYING, State.DELETING)
WITH_CHANNEL = (State.OPEN, State.EMPTYING, State.DELETING)
USABLE = (State.OPEN, State.EMPTYING)


class Kind(StrEnum):
    PUBLIC = "public"
    PRIVATE = "private"
    """Team against team."""
    PERSONAL = "personal"
    """A member's own, kept by `sessions`."""
    GENERATED = "generated"
    """By joining a lobby."""
    MATCH = "match"


class Reason(StrEnum):
    """Why a room was closed; a keeper has reasons of its own."""

    EMPTY = "empty"
    IDLE = "idle"
    """The only one in it was deafened for the time that the guild allows."""
    FAILED = "failed"
    """It never came to be."""
    GONE = "gone"
    """Somebody else deleted the channel."""
    UNDECIDABLE = "undecidable"
    """More than one channel may be the one, or Discord does not let us look: none is touched."""
    OWNER = "owner"
    MODERATOR = "moderator"
    AGE = "age"
    NEVER_CAME = "never_came"
    """Who was to be moved in had left voice before."""


@dataclass(frozen=True, slots=True)
class Occupied:
    """People are in, or it stays whoever is in."""


@dataclass(frozen=True, slots=True)
class EmptySince:
    """Nobody is in, or nobody who takes part; when it is to be deleted if that stays so, and as what."""

    deadline: datetime
    reason: Reason = Reason.EMPTY

    def is_due(self, now: datetime) -> bool:
        return self.deadline <= now


ARRIVAL = timedelta(seconds=10)
"""A room that nobody has been in yet stays this long at least, whatever `empty_after` says: who asked for it is on the
way."""


def occupancy(
    *,
    occupied: bool,
    opened_at: datetime,
    last_left: datetime | None,
    empty_after: timedelta,
    awaited_until: datetime | None = None,
    idle_until: datetime | None = None,
) -> Occupied | EmptySince:
    """A stay that ended before the room opened says nothing: Discord never reuses an id, but clocks differ.
    *awaited_until*: somebody is being moved in, and counts as in until then. *idle_until*: the only one in it takes no
    part, and does not keep it longer than that."""
    if occupied:
        return EmptySince(idle_until, Reason.IDLE) if idle_until else Occupied()
    visited = last_left is not None and last_left >= opened_at
    since = last_left if visited and last_left is not None else opened_at
    deadline = since + (empty_after if visited else max(empty_after, ARRIVAL))
    return EmptySince(max(deadline, awaited_until or deadline))
