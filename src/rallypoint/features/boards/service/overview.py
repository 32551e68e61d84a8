"""Is it well, what comes next, what went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.guilds import api as guilds
from rallypoint.features.presence import api as presence
from rallypoint.features.rooms import api as rooms
from rallypoint.features.rooms.api import Room
from rallypoint.kernel.ids import GuildId
from rallypoint.kernel.jobs import Run, RunStatus, Schedule

FAILED_WITHIN = timedelta(days=7)
SHOWN = 6
WENT_WRONG = (RunStatus.FAILED, RunStatus.TIMED_OUT, RunStatus.INTERRUPTED)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A run of a schedule that did not end well."""

    schedule_id: int
    name: str
    at: datetime
    error: str


@dataclass(frozen=True, slots=True)
class Overview:
    people: int
    rooms: int
    known: bool
    closing: Sequence[tuple[str, datetime]]
    """Rooms, and when they close if nobody comes."""
    coming: Sequence[Schedule]
    failed: Sequence[Trouble]
    incidents: Sequence[guilds.Incident]


async def overview(session: AsyncSession, guild_id: GuildId, *, now: datetime) -> Overview:
    present = await presence.present(session, guild_id)
    live = (Room.guild_id == guild_id, Room.state.in_(rooms.WITH_CHANNEL))
    closing = await session.execute(
        select(Room.name, Room.deadline_at)
        .where(*live, Room.deadline_at.is_not(None))
        .order_by(Room.deadline_at)
        .limit(SHOWN)
    )
    coming = (
        select(Schedule)
        .where(Schedule.guild_id == guild_id, Schedule.next_run_at.is_not(None))
        .order_by(Schedule.next_run_at)
        .limit(SHOWN)
    )
    return Overview(
        people=sum(not each.bot for each in present),
        rooms=await session.scalar(select(func.count()).select_from(Room).where(*live)) or 0,
        known=await presence.is_known(session, guild_id),
        closing=[(name, at) for name, at in closing if at is not None],
        coming=list(await session.scalars(coming)),
        failed=await _failed(session, guild_id, since=now - FAILED_WITHIN),
        incidents=await guilds.open_incidents(session, guild_id),
    )


async def _failed(session: AsyncSession, guild_id: GuildId, *, since: datetime) -> list[Trouble]:
    runs = await session.execute(
        select(Schedule.id, Schedule.name, Run.finished_at, Run.error)
        .join(Run, Run.schedule_id == Schedule.id)
        .where(Schedule.guild_id == guild_id, Run.status.in_(WENT_WRONG), Run.finished_at >= since)
        .order_by(Run.id.desc())
        .limit(SHOWN)
    )
    return [
        Trouble(schedule_id, name, at, _last_line(error)) for schedule_id, name, at, error in runs
    ]


def _last_line(error: str | None) -> str:
    """Of a trace: what it was."""
    lines = (error or "").strip().splitlines()
    return lines[-1][:200] if lines else ""
