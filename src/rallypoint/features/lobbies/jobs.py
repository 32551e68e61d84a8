from __future__ import annotations

from datetime import datetime

from rallypoint.features.presence.api import Joined
from rallypoint.kernel.events import Happened
from rallypoint.kernel.ids import ChannelId, GuildId, UserId
from rallypoint.kernel.jobs import Work

from . import service, texts


async def follow_presence(work: Work, happened: Happened[Joined]) -> None:
    event = happened.event
    if event.bot:
        return
    joiner = service.Joiner(event.guild_id, event.user_id, event.channel_id)
    async with work.sessions.begin() as session:
        await service.notice(session, joiner, now=work.clock.now())


async def receive(work: Work) -> None:
    given = work.args
    joiner = service.Joiner(
        GuildId(given["guild_id"]), UserId(given["user_id"]), ChannelId(given["lobby_id"])
    )
    now = work.clock.now()
    noticed_at = datetime.fromisoformat(given["noticed_at"]) if "noticed_at" in given else now
    async with work.sessions.begin() as session:
        if await service.must_wait(session, joiner, noticed_at=noticed_at, now=now):
            return
    await service.receive(work, joiner, reason=texts.reason_opened, words=texts.for_joiner)
