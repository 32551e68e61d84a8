"""Kinds that are run every so often: there is always one timer of each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from .claims import timer
from .rules import on_grid
from .timers import TimerState


def interval_key(kind: str) -> str:
    return f"every:{kind}"


async def ensure(engine: AsyncEngine, intervals: Mapping[str, timedelta], now: datetime) -> bool:
    """Whether something had to be done. A timer that is missing is due at once; one further ahead than its interval,
    because the interval became shorter or the clock went back, comes to its next turn."""
    changed = False
    if not intervals:
        return changed
    by_key = {interval_key(kind): kind for kind in intervals}
    found = select(timer.c.key, timer.c.due_at, timer.c.planned_at).where(timer.c.key.in_(by_key))
    async with engine.begin() as connection:
        rows = {row.key: row for row in await connection.execute(found)}
        for key, kind in by_key.items():
            if key not in rows:
                await connection.execute(_insert(engine, key, kind, now))
                changed = True
            elif rows[key].due_at > now + intervals[kind]:
                due = on_grid(rows[key].planned_at, intervals[kind], now)
                await connection.execute(
                    update(timer)
                    .where(timer.c.key == key, timer.c.state == TimerState.WAITING.value)
                    .values(due_at=due, planned_at=due, attempts=0)
                )
                changed = True
    return changed


def _insert(engine: AsyncEngine, key: str, kind: str, now: datetime) -> Any:
    insert = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert
    return (
        cast(Any, insert)(timer)
        .values(
            kind=kind,
            key=key,
            args={},
            state=TimerState.WAITING.value,
            planned_at=now,
            due_at=now,
        )
        .on_conflict_do_nothing(index_elements=["key"])
    )
