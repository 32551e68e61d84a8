"""How the scheduler does, whichever processes it runs in: as the database knows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.kernel.db import Instant
from rallypoint.kernel.jobs import Schedule, Timer, TimerState, Worker, schedules
from rallypoint.kernel.jobs.leases import LEASE
from rallypoint.kernel.jobs.schedules import DROPPED, Listed

from . import health


@dataclass(frozen=True, slots=True)
class Figures:
    heartbeat_at: datetime | None
    """The last sign of life, by the database's clock. None: nobody is at work."""
    counts: Mapping[str, int]


async def figures(session: AsyncSession, *, now: datetime) -> Figures:
    alive = select(func.count(), func.max(Worker.lease_until)).where(
        Worker.lease_until > func.now(type_=Instant)
    )
    workers, until = cast("tuple[int, datetime | None]", (await session.execute(alive)).one())
    claimed = select(func.count(), func.count(Timer.started_at)).where(
        Timer.state == TimerState.CLAIMED.value
    )
    held, begun = (await session.execute(claimed)).one()
    wrong = await health.figures(session, now=now)
    counts = {
        "workers": workers,
        "tasks_running": begun,
        "tasks_claimed": held - begun,
        "late": wrong["late"],
        "failed": wrong["failed"],
        "parked": wrong["unsupported"],
    }
    return Figures(None if until is None else until - LEASE, counts)


async def builtins(session: AsyncSession) -> Sequence[Listed]:
    """Those that this version of the program has."""
    found = await session.scalars(
        select(Schedule.id).where(Schedule.builtin.is_not(None)).order_by(Schedule.builtin)
    )
    listed = [await schedules.show(session, each) for each in found.all()]
    return [each for each in listed if DROPPED not in each.schedule.overrides]
