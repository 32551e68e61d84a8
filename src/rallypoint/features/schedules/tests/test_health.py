"""The scheduler looks after itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from rallypoint.features.schedules.feature import feature
from rallypoint.features.schedules.service import health
from rallypoint.kernel.events import Outbox
from rallypoint.kernel.jobs import Run, Timer

MINUTE = timedelta(minutes=1)


async def test_it_is_looked_at_from_the_first_hour_on(sessions, drain):
    await drain(feature.jobs, builtins=feature.schedules)

    async with sessions.begin() as session:
        runs = list(await session.execute(select(Run.kind, Run.status)))
    assert runs == [("schedules.check_health", "success")]


async def test_what_is_late_failed_or_left_is_counted(sessions, clock):
    now = clock.now()
    late = {"due_at": now - 2 * MINUTE, "planned_at": now - 2 * MINUTE}
    event: dict[str, Any] = {
        "kind": "test.happened",
        "subject": "x",
        "data": {},
        "relayed_at": None,
    }
    async with sessions.begin() as session:
        for state in ("waiting", "failed", "unsupported"):
            session.add(Timer(kind="test.late", args={}, state=state, **late))
        session.add(Outbox(id="1", at=now - 2 * MINUTE, **event))
        session.add(Outbox(id="2", at=now, **event))
        await session.flush()

        figures = await health.figures(session, now=now)
    assert figures == {"late": 1, "failed": 1, "unsupported": 1, "events_left": 1}
