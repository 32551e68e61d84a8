from __future__ import annotations

from rallypoint.kernel.feature import Parts

from .service import incidents


async def rearm_at_start(parts: Parts) -> None:
    """Whoever restarts the program may have mended the rights while it was down."""
    async with parts.sessions.begin() as session:
        await incidents.rearm_all(session, now=parts.clock.now())
