from __future__ import annotations

from rallypoint.kernel.jobs import Work

from .service import judging


async def ripen(work: Work) -> None:
    args, now = work.args, work.clock.now()
    async with work.sessions.begin() as session:
        await judging.ripen(session, args["subscription_id"], args["subject"], now)


async def check_roles(work: Work) -> None:
    await judging.check_roles(work)
