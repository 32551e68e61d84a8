"""Turns that are not where they ought to be, because the clock went back or a zone has new rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.kernel.errors import Refused

from .recurrence import Cron, first
from .rows import recurrence_of, terms_of
from .schedules import find
from .scheduling import arm
from .timers import Schedule, Timer, TimerState

_NO_TIME = timedelta(microseconds=1)


async def realign(session: AsyncSession, now: datetime) -> bool:
    """Have no interval be further ahead than it is long, and each cron at a moment that it names; whether any was not.

    What is due already stays so: it may be a turn that was missed. A retry waits as long as it was told to.
    """
    ahead = (
        select(
            Schedule.id,
            Schedule.how,
            Schedule.every_seconds,
            Schedule.cron,
            Schedule.zone,
            Timer.due_at,
            Timer.attempts,
        )
        .join(Timer, Timer.schedule_id == Schedule.id)
        .where(Schedule.active, Timer.state == TimerState.WAITING.value, Timer.due_at > now)
    )
    changed = False
    rows: Sequence[Any] = (await session.execute(ahead)).all()
    for found in rows:
        if _is_too_far(found, now) or _is_not_named(found):
            row = await find(session, found.id)
            row.next_run_at = first(recurrence_of(row), now)
            await session.flush()
            await arm(session, row, terms_of(row), due=row.next_run_at)
            changed = True
    return changed


def _is_too_far(row: Any, now: datetime) -> bool:
    return bool(
        row.how == "interval" and row.due_at - now > timedelta(seconds=row.every_seconds or 0)
    )


def _is_not_named(row: Any) -> bool:
    due: datetime = row.due_at
    # A run that somebody asked for is hardly ever at a full minute.
    if row.how != "cron" or row.zone == "UTC" or row.attempts or due.second or due.microsecond:
        return False
    try:
        return Cron(row.cron, row.zone).next_after(due - _NO_TIME) != due
    except Refused:
        # Its zone is gone, or a newer version wrote it: it is parked when it is claimed.
        return False
