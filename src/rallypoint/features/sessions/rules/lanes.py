"""Whose turn it is. A lane has as many slots as its capacity, over all guilds; and a bot has one voice connection in
each guild, so that is taken by one session at a time, whatever its lane.

The queue is first come, first served, in the order of the rows' ids: clocks step. Who must wait only because the
guild's connection is taken is passed by those whose turn it can be, and keeps their place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar

from rallypoint.kernel.errors import Conflict, Refused

from .states import State

MOST_WAITING = 50
"""In a lane: who comes later would wait for hours, and every step of the queue is told to all in it."""


class InLane(Protocol):
    @property
    def id(self) -> int: ...
    @property
    def guild_id(self) -> int: ...
    @property
    def lane(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def slot(self) -> int | None: ...


S = TypeVar("S", bound=InLane)


def turns(active: Sequence[S], capacities: Mapping[str, int]) -> list[tuple[S, int]]:
    """Who of *active*, all that have not ended in the order of the queue, may go on now, each with the slot it
    takes."""
    taken = {lane: {each.slot for each in active if each.lane == lane} for lane in capacities}
    taken = {lane: {slot for slot in slots if slot is not None} for lane, slots in taken.items()}
    connected = {each.guild_id for each in active if each.slot is not None}
    chosen: list[tuple[S, int]] = []
    for each in active:
        if each.state != State.REQUESTED or each.guild_id in connected:
            continue
        slots = taken.get(each.lane)
        # A lane that was made narrower still holds those of before in slots it no longer has.
        if slots is None or len(slots) >= capacities[each.lane]:
            continue
        slot = next(number for number in range(len(slots) + 1) if number not in slots)
        slots.add(slot)
        connected.add(each.guild_id)
        chosen.append((each, slot))
    return chosen


def place(active: Sequence[InLane], of: InLane) -> int:
    """In the queue of its lane: 1 is next."""
    return 1 + sum(
        each.state == State.REQUESTED and each.lane == of.lane and each.id < of.id
        for each in active
    )


def check_lane(lane: str | None, capacities: Mapping[str, int]) -> str:
    """The lane to wait in: the one that is named, or the first. Raise Refused for one that does not exist."""
    if lane is None:
        return next(iter(capacities))
    if lane not in capacities:
        raise Refused("lane_unknown", lane=lane, known=", ".join(capacities))
    return lane


def check_room(active: Sequence[InLane], lane: str) -> None:
    """Raise Conflict if its queue is full."""
    waiting = sum(each.state == State.REQUESTED and each.lane == lane for each in active)
    if waiting >= MOST_WAITING:
        raise Conflict("lane_full", lane=lane, most=MOST_WAITING)
