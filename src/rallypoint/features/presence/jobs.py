from __future__ import annotations

from rallypoint.kernel.ids import GuildId
from rallypoint.kernel.jobs import Work

from . import service
from .model import ForgetStays


async def forget_stays(work: Work) -> None:
    """Of the guild whose schedule it is; of every guild, for a schedule of the whole program."""
    config = ForgetStays.model_validate(work.args)
    of = None if work.guild_id is None else GuildId(work.guild_id)
    forgotten = 1
    while forgotten:
        async with work.sessions.begin() as session:
            forgotten = await service.forget_stays(
                session, days=config.days, of=of, now=work.clock.now()
            )
