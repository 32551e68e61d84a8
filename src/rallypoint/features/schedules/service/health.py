from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.kernel.events import Outbox
from rallypoint.kernel.jobs import Timer, TimerState

LATE = timedelta(minutes=1)


async def figures(session: AsyncSession, *, now: datetime) -> Mapping[str, int]:
    """What should be none: words → number."""
    timers = select(func.count()).select_from(Timer)
    events = select(func.count()).select_from(Outbox)
    asked = {
        "late": timers.where(Timer.state == TimerState.WAITING.value, Timer.due_at < now - LATE),
        "failed": timers.where(Timer.state == TimerState.FAILED.value),
        "unsupported": timers.where(Timer.state == TimerState.UNSUPPORTED.value),
        "events_left": events.where(Outbox.relayed_at.is_(None), Outbox.at < now - LATE),
    }
    return {name: await session.scalar(statement) or 0 for name, statement in asked.items()}
