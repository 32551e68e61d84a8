from __future__ import annotations

from datetime import timedelta

from rallypoint.kernel.feature import Parts
from rallypoint.kernel.jobs import Work

from .service import incidents

OWNERS_ASKED_EVERY = timedelta(hours=1)


async def rearm_at_start(parts: Parts) -> None:
    """Whoever restarts the program may have mended the rights while it was down."""
    async with parts.sessions.begin() as session:
        await incidents.rearm_all(session, now=parts.clock.now())


async def ask_owners(work: Work) -> None:
    """Who has left the application's team runs the program no more."""
    await work.discord.ask_application_owners()
