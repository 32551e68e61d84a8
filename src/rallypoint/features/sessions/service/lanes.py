"""Giving turns. Whoever holds the lanes' locks is the only one who does, in all processes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.sessions.model import Lane, VoiceSession
from rallypoint.features.sessions.rules import lanes as rules
from rallypoint.features.sessions.rules import states
from rallypoint.features.sessions.rules.states import State
from rallypoint.kernel import jobs

from . import rows, telling

_LANES = select(Lane).order_by(Lane.name).with_for_update()


async def lock(session: AsyncSession) -> Mapping[str, int]:
    """The capacity of each lane, the usual one first."""
    found = await _locked(session)
    return {lane.name: lane.capacity for lane in sorted(found, key=lambda lane: lane.position)}


async def _locked(session: AsyncSession) -> Sequence[Lane]:
    # Always in the same order: two who lock them wait for each other, never for ever.
    return (await session.scalars(_LANES)).all()


async def give_turns(
    session: AsyncSession, *, now: datetime, capacities: Mapping[str, int] | None = None
) -> None:
    """Whoever may go on does, and who moved up is told. *capacities*: of the lanes, if they are locked already."""
    capacities = capacities or await lock(session)
    active = await rows.active(session)
    chosen = choose(active, capacities)
    await session.flush()
    await jobs.schedule_each(session, timers(chosen, active, now=now))


def choose(active: Sequence[VoiceSession], capacities: Mapping[str, int]) -> list[VoiceSession]:
    """Those of *active*, all there are in their order, whose turn it is from now on."""
    chosen = rules.turns(active, capacities)
    for row, slot in chosen:
        states.take_turn(row, slot)
    return [row for row, _ in chosen]


def timers(
    chosen: Sequence[VoiceSession], active: Sequence[VoiceSession], *, now: datetime
) -> list[tuple[str, jobs.Planned]]:
    """That have *chosen* go on, and all who moved be told."""
    moved = {row.lane for row in chosen}
    behind = [each for each in active if each.lane in moved and each.state == State.REQUESTED]
    opened = [rows.timer("sessions.open", row, now) for row in chosen]
    return [*opened, *telling.timers([*behind, *chosen], now=now)]


async def configure(session: AsyncSession, capacities: Mapping[str, int]) -> None:
    """Have the lanes be these, in this order."""
    known = {lane.name: lane for lane in await _locked(session)}
    for position, (name, capacity) in enumerate(capacities.items()):
        lane = known.get(name)
        if lane is None:
            session.add(Lane(name=name, position=position, capacity=capacity))
        else:
            lane.position, lane.capacity = position, capacity
    await session.execute(delete(Lane).where(Lane.name.not_in(list(capacities))))
    await session.flush()


async def overview(session: AsyncSession) -> Sequence[tuple[Lane, int, int]]:
    """Each lane, how many sessions it holds, and how many wait."""
    active = await rows.active(session)
    held = Counter(each.lane for each in active if each.slot is not None)
    waiting = Counter(each.lane for each in active if each.state == State.REQUESTED)
    found = await session.scalars(select(Lane).order_by(Lane.position, Lane.name))
    return [(lane, held[lane.name], waiting[lane.name]) for lane in found]
