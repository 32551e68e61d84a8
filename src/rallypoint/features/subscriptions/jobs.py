from __future__ import annotations

from rallypoint.kernel.jobs import Work

from .service import evaluating


async def ripen(work: Work) -> None:
    args, now = work.args, work.clock.now()
    async with work.sessions.begin() as session:
        await evaluating.ripen(session, args["subscription_id"], args["subject"], now)


async def check_roles(work: Work) -> None:
    await evaluating.check_roles(work)
