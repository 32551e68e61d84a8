"""Forgetting: in small transactions, because on SQLite nobody else can write meanwhile."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from rallypoint.features.guilds import api as guilds
from rallypoint.features.upkeep.rules import RetentionConfig
from rallypoint.kernel.events import Outbox
from rallypoint.kernel.feature import Retention
from rallypoint.kernel.jobs import Run, Schedule

BATCH = 2000
RUN_DAYS = "upkeep.run_days"

Sessions = async_sessionmaker[AsyncSession]


async def forget(
    sessions: Sessions, config: RetentionConfig, others: Sequence[Retention], *, now: datetime
) -> int:
    """What is too old of the program's own rows, and what the features say of theirs; how many rows."""
    total = 0
    for condition in await _old_runs(sessions, config.run_days, now):
        total += await _delete_all_runs(sessions, condition)
    handed_on = Outbox.relayed_at < now - timedelta(days=config.event_days)
    total += await _until_none(sessions, lambda session: _delete_events(session, handed_on))
    for condition in await _beyond(sessions, config.runs_a_schedule):
        total += await _delete_all_runs(sessions, condition)
    for other in others:
        total += await _forget_others(sessions, other, now)
    return total


async def _old_runs(sessions: Sessions, days: int, now: datetime) -> list[ColumnElement[bool]]:
    """Which are too old: of the guilds that have said for how long, and of all others, those of the program among them.

    A run whose schedule was removed is nobody's any more, and so kept as long as the program's.
    """
    async with sessions.begin() as session:
        said = dict(await guilds.of_guilds(session, RUN_DAYS))
    days = said.pop(None, days)
    with_own = select(Schedule.id).where(Schedule.guild_id.in_(list(said)))
    others = or_(Run.schedule_id.is_(None), Run.schedule_id.not_in(with_own))
    conditions: list[ColumnElement[bool]] = [
        others & (Run.finished_at < now - timedelta(days=days))
    ]
    for guild_id, own in said.items():
        of_guild = Run.schedule_id.in_(select(Schedule.id).where(Schedule.guild_id == guild_id))
        conditions.append(of_guild & (Run.finished_at < now - timedelta(days=own)))
    return conditions


async def _delete_all_runs(sessions: Sessions, condition: ColumnElement[bool]) -> int:
    return await _until_none(sessions, lambda session: _delete_runs(session, condition))


async def _forget_others(sessions: Sessions, other: Retention, now: datetime) -> int:
    return await _until_none(sessions, lambda session: other(session, now))


async def _until_none(sessions: Sessions, use: Callable[[AsyncSession], Awaitable[int]]) -> int:
    total = 0
    while True:
        async with sessions.begin() as session:
            count = await use(session)
        total += count
        if not count:
            return total


async def _beyond(sessions: Sessions, most: int) -> list[ColumnElement[bool]]:
    """For each schedule with more than *most* runs: which are too many."""
    many = select(Run.schedule_id).where(Run.schedule_id.is_not(None)).group_by(Run.schedule_id)
    conditions: list[ColumnElement[bool]] = []
    async with sessions.begin() as session:
        for schedule_id in (await session.scalars(many.having(func.count() > most))).all():
            ours = Run.schedule_id == schedule_id
            newest = select(Run.id).where(ours).order_by(Run.id.desc()).offset(most).limit(1)
            last = (await session.scalars(newest)).one()
            conditions.append(ours & (Run.id <= last))
    return conditions


async def _delete_runs(session: AsyncSession, condition: ColumnElement[bool]) -> int:
    some = select(Run.id).where(condition).limit(BATCH)
    result = await session.execute(delete(Run).where(Run.id.in_(some)))
    return cast("CursorResult[Any]", result).rowcount


async def _delete_events(session: AsyncSession, condition: ColumnElement[bool]) -> int:
    some = select(Outbox.position).where(condition).limit(BATCH)
    result = await session.execute(delete(Outbox).where(Outbox.position.in_(some)))
    return cast("CursorResult[Any]", result).rowcount
