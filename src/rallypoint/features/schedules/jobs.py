from __future__ import annotations

import structlog

from rallypoint.kernel.jobs import Work

from .service import health

log = structlog.get_logger()


async def check_health(work: Work) -> None:
    async with work.sessions.begin() as session:
        figures = await health.figures(session, now=work.clock.now())
    (log.warning if any(figures.values()) else log.info)("The scheduler is at work", **figures)
