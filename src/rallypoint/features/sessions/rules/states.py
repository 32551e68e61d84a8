"""A session's life: requested → opening → waiting → running → ending → ended; no way back.

A step that does not fit the state it finds changes nothing: triggers race, and the first one counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol


class State(StrEnum):
    REQUESTED = "requested"
    """In the queue of its lane."""
    OPENING = "opening"
    """Its turn has come: the room is being made, and the bot goes there."""
    WAITING = "waiting"
    """For the member, until the deadline."""
    RUNNING = "running"
    ENDING = "ending"
    """The bot leaves and the room is deleted; only then the row is closed."""
    ENDED = "ended"


OPEN = (State.OPENING, State.WAITING, State.RUNNING)
WITH_BOT = (State.WAITING, State.RUNNING)
"""The bot is to sit in the room."""


class Reason(StrEnum):
    """Why a session ended."""

    LEFT = "left"
    """The member left the room."""
    CLOSED = "closed"
    """The member asked for it."""
    TIMEOUT = "timeout"
    """The member did not come in time."""
    CANCELLED = "cancelled"
    """The member left the queue."""
    DISCONNECTED = "disconnected"
    """Somebody took the bot out of the room."""
    GONE = "gone"
    """Somebody deleted the room."""
    DRAIN = "drain"
    """The program was stopped in good order."""
    RESTART = "restart"
    """The program was started anew, and is set to end what was open then."""
    REMOVED = "removed"
    """The bot is no longer on the server."""
    FAILED = "failed"
    """The room could not be made, or the bot not go there."""
    LANE_GONE = "lane_gone"
    """Its lane is no longer configured."""
    SWITCHED_OFF = "switched_off"
    """Sessions are not switched on any more."""
    IMPORTED = "imported"
    """It comes from another program's table, where it had no end."""


OUT = (Reason.LEFT, Reason.DISCONNECTED)
"""So it looks, too, when the room is deleted: Discord puts everybody out before it tells of that."""


class Life(Protocol):
    """What of a row the steps below read and change."""

    state: str
    slot: int | None
    deadline_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Seen:
    """Who is in the room."""

    member: bool
    guests: bool


def take_turn(life: Life, slot: int) -> None:
    assert life.state == State.REQUESTED, life.state
    life.state, life.slot = State.OPENING, slot


def await_member(life: Life, deadline: datetime) -> bool:
    """False: it ended meanwhile."""
    if life.state != State.OPENING:
        return False
    life.state, life.deadline_at = State.WAITING, deadline
    return True


def was_awaited(deadline: datetime | None, time_to_come: timedelta, at: datetime) -> bool:
    """Whether it waited for its member by then. Who looks in before the bot is there has come too early."""
    return deadline is not None and at >= deadline - time_to_come


NEWS = (Reason.TIMEOUT, Reason.FAILED, Reason.LANE_GONE, Reason.SWITCHED_OFF, Reason.RESTART)
"""Ends that come over a member who waited."""


def is_news(life: Life) -> bool:
    """Whether a member who looks elsewhere by now must learn of it: their turn has come, or will not come any more."""
    never = life.state == State.ENDED and life.started_at is None
    return life.state == State.WAITING or (never and life.reason in NEWS)


def begin(life: Life, now: datetime) -> None:
    assert life.state == State.WAITING, life.state
    life.state, life.started_at, life.deadline_at = State.RUNNING, now, None


def begin_end(life: Life, reason: Reason) -> bool:
    """Whether this is what ends it. One that waits in the queue is not ended by this, but cancelled."""
    if life.state not in OPEN:
        return False
    life.state, life.reason = State.ENDING, reason
    return True


def cancel(life: Life, reason: Reason, now: datetime) -> bool:
    """Out of the queue, with nothing to be undone. Whether it was in there."""
    if life.state != State.REQUESTED:
        return False
    life.state, life.reason, life.ended_at = State.ENDED, reason, now
    return True


def finish(life: Life, now: datetime) -> bool:
    """The last step: everything else is undone. Whether it was still to be taken."""
    if life.state != State.ENDING:
        return False
    life.state, life.slot, life.deadline_at = State.ENDED, None, None
    life.ended_at = max(now, life.started_at or now)
    return True


def judge(life: Life, seen: Seen, *, now: datetime, outlives_member: bool) -> Reason | State | None:
    """What who is in the room means for the session: it runs now, it ends for this reason, or nothing.

    Somebody in at the deadline is in time. *outlives_member*: it goes on while guests are in.
    """
    if life.state == State.WAITING:
        if seen.member:
            return State.RUNNING
        return Reason.TIMEOUT if life.deadline_at is not None and life.deadline_at <= now else None
    if life.state == State.RUNNING and not seen.member and not (outlives_member and seen.guests):
        return Reason.LEFT
    return None
