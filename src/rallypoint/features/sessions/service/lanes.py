"""Giving turns. Whoever holds the lanes' locks is the only one who does, in all processes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.sessions.model import Lane
from rallypoint.features.sessions.rules import lanes as rules
from rallypoint.features.sessions.rules import states
from rallypoint.features.sessions.rules.states import State
from rallypoint.kernel import jobs

from . import rows, telling


def open_key(session_id: int) -> str:
    return f"sessions.open:{session_id}"


async def lock(session: AsyncSession) -> Mapping[str, int]:
    """The capacity of each lane, the usual one first."""
    found = await _locked(session)
    return {lane.name: lane.capacity for lane in sorted(found, key=lambda lane: lane.position)}


async def _locked(session: AsyncSession) -> Sequence[Lane]:
    # Always in the same order: two who lock them wait for each other, never for ever.
    found = await session.scalars(select(Lane).order_by(Lane.name).with_for_update())
    return found.all()


async def give_turns(session: AsyncSession, *, now: datetime) -> None:
    """Whoever may go on does, and who moved up is told."""
    capacities = await lock(session)
    active = await rows.active(session)
    chosen = rules.turns(active, capacities)
    for row, slot in chosen:
        states.take_turn(row, slot)
        await jobs.schedule(
            session, "sessions.open", due=now, key=open_key(row.id), session_id=row.id
        )
    await session.flush()
    if chosen:
        moved = {row.lane for row, _ in chosen}
        await telling.tell(
            session,
            [each for each in active if each.lane in moved and each.state == State.REQUESTED],
            now=now,
        )
        await telling.tell(session, [row for row, _ in chosen], now=now)


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
