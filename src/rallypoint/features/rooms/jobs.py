from __future__ import annotations

from datetime import timedelta

import structlog

from rallypoint.features.guilds.api import Rearmed, SettingChanged
from rallypoint.features.presence.api import Activated, Emptied, Synced
from rallypoint.kernel.cards import Card
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.events import Happened
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import ChannelId, GuildId
from rallypoint.kernel.jobs import Work

from . import texts
from .events import Closed, Opened
from .service import closing, following, opening, rights
from .service.requests import settings_of

log = structlog.get_logger()

RECONCILE_EVERY = timedelta(seconds=60)


async def close(work: Work) -> None:
    await closing.delete_if_due(work, work.args["room_id"], words=texts.reason_closed)


async def expire(work: Work) -> None:
    async with work.sessions.begin() as session:
        await closing.expire(session, work.args["room_id"], now=work.clock.now())


async def settle(work: Work) -> None:
    await opening.settle(work, work.args["room_id"])


async def reconcile(work: Work) -> None:
    """Of the guild whose schedule it is; of every guild, for one of the whole program."""
    guild_id = None if work.guild_id is None else GuildId(work.guild_id)
    async with work.sessions.begin() as session:
        await following.reconcile(session, now=work.clock.now(), guild_id=guild_id)


async def follow_presence(work: Work, happened: Happened[Activated | Emptied]) -> None:
    async with work.sessions.begin() as session:
        await following.follow_channel(session, happened.event.channel_id, now=work.clock.now())


async def follow_guild(work: Work, happened: Happened[Synced | Rearmed]) -> None:
    async with work.sessions.begin() as session:
        await following.follow_guild(session, happened.event.guild_id, now=work.clock.now())


async def follow_settings(work: Work, happened: Happened[SettingChanged]) -> None:
    async with work.sessions.begin() as session:
        await following.follow_setting(session, happened.event.guild_id, now=work.clock.now())


async def settle_at_start(parts: Parts) -> None:
    """Whoever was opening a room when the program ended cannot finish it: look at once, not when its time is over."""
    now = parts.clock.now()
    async with parts.sessions.begin() as session:
        await following.settle_all(session, requested_before=now, now=now)


async def log_room(work: Work, happened: Happened[Opened | Closed]) -> None:
    """In the channel the guild has for it; that there is none, or I may not write there, keeps nothing else up."""
    event = happened.event
    said = texts.logged_closed(event) if isinstance(event, Closed) else texts.logged_opened(event)
    async with work.sessions() as session:
        settings = await settings_of(session, event.guild_id)
    if settings.log_channel is None:
        return
    channel_id = ChannelId(settings.log_channel)
    try:
        rights.check_in_channel(work.discord, event.guild_id, channel_id, rights.TO_WRITE)
        await work.discord.say(channel_id, Card(said), key=happened.id)
    except Refused as refusal:
        log.warning("room not logged", channel=channel_id, reason=str(refusal))
