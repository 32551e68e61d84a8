"""One event, or one moment, after the other."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from . import room as rooms
from .asked import Conditions
from .heard import Heard, is_about
from .quota import Sent
from .room import Held, Room
from .starts import Starts, says


@dataclass(frozen=True, slots=True)
class State:
    """What one subscription remembers: in all, and of the channel at hand."""

    sent: Sent = field(default_factory=Sent)
    starts: Starts = field(default_factory=Starts)
    room: Room = field(default_factory=Room)


class Outcome(StrEnum):
    SENT = "sent"
    ASKED = "asked"
    """The roles decide; then `admit`."""
    OCCUPANCY = "occupancy"
    FIRST_JOINER = "first_joiner"
    MEMBERS = "members"
    QUIET_HOURS = "quiet_hours"
    GAME_START = "game_start"
    MOST_PER_HOUR = "most_per_hour"


@dataclass(frozen=True, slots=True)
class Ruling:
    event: Heard
    at: datetime
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Step:
    state: State
    rulings: tuple[Ruling, ...] = ()


def concerns(conditions: Conditions, event: Heard, *, wanted: bool, here: bool) -> bool:
    """Whether it can change anything. *wanted*: its kind and subject are; *here*: at least its subject is."""
    if conditions.gathering and here and event.kind in rooms.KINDS:
        return True
    return (wanted and not event.fleeting) or (conditions.game_start is not None and says(event))


def step(
    conditions: Conditions, state: State, event: Heard, *, wanted: bool, here: bool = True
) -> Step:
    """What was held until a moment before the event goes first."""
    before = tick(conditions, state, event.at)
    state = before.state
    if conditions.game_start is not None:
        state = replace(state, starts=state.starts.told(event))
    if conditions.gathering is not None:
        after = _counted(conditions, state, event, wanted=wanted, here=here)
    elif wanted and not event.fleeting:
        after = _judge(conditions, state, event, event.at)
    else:
        after = Step(state)
    return Step(after.state, before.rulings + after.rulings)


def tick(conditions: Conditions, state: State, now: datetime) -> Step:
    held = state.room.held
    if held is None or held.due > now:
        return Step(state)
    state = replace(state, room=replace(state.room, held=None))
    return _judge(conditions, state, held.event, held.due)


def admit(conditions: Conditions, state: State, event: Heard, at: datetime) -> Step:
    """All else holds. What was admitted once stays so, and counts once."""
    if conditions.most_per_hour is None or state.sent.has(event.id):
        return Step(state, (Ruling(event, at, Outcome.SENT),))
    if not state.sent.has_room(conditions.most_per_hour, at):
        return Step(state, (Ruling(event, at, Outcome.MOST_PER_HOUR),))
    state = replace(state, sent=state.sent.and_one(event.id, at))
    return Step(state, (Ruling(event, at, Outcome.SENT),))


def _counted(
    conditions: Conditions, state: State, event: Heard, *, wanted: bool, here: bool
) -> Step:
    gathering, before = conditions.gathering, state.room
    after = rooms.heard(before, event, conditions) if here else before
    state = replace(state, room=after)
    if not wanted or event.fleeting or gathering is None:
        return Step(state)
    if not rooms.has_gathered(before, after, conditions):
        missed = Outcome.FIRST_JOINER if conditions.first_joiner else Outcome.OCCUPANCY
        return Step(state, (Ruling(event, event.at, missed),))
    if not gathering.for_seconds:
        return _judge(conditions, state, event, event.at)
    held = Held(event, event.at + gathering.lasting)
    return Step(replace(state, room=replace(after, held=held)))


def _judge(conditions: Conditions, state: State, event: Heard, at: datetime) -> Step:
    """Of an event that is there to be sent *at* that moment."""
    if (missed := _missed(conditions, state, event, at)) is not None:
        return Step(state, (Ruling(event, at, missed),))
    if conditions.roles is not None:
        return Step(state, (Ruling(event, at, Outcome.ASKED),))
    return admit(conditions, state, event, at)


def _missed(conditions: Conditions, state: State, event: Heard, at: datetime) -> Outcome | None:
    if conditions.members is not None and not is_about(event, conditions.members):
        return Outcome.MEMBERS
    if conditions.quiet_hours is not None and conditions.quiet_hours.are_at(at):
        return Outcome.QUIET_HOURS
    game = conditions.game_start
    if game is not None and not state.starts.is_near(event, at, game.within):
        return Outcome.GAME_START
    return None
