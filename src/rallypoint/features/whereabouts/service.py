"""How long somebody was in voice."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.accounts import api as accounts
from rallypoint.features.guilds import api as guilds
from rallypoint.features.presence import api as presence
from rallypoint.kernel.ids import ChannelId, GuildId, UserId
from rallypoint.kernel.people import Actor

from .rules import Period, Time, check_may_see, total


class _Zone(BaseModel):
    """The one setting we need of `schedules`, which stands beside us: there is one zone a guild."""

    zone: str = "UTC"


async def time_of(
    session: AsyncSession, user_id: UserId, period: Period, *, by: Actor, now: datetime
) -> Time:
    """How *user_id* spent their time in voice, in the guild of who asks and by days as those are for them. Raise
    Forbidden if that is hidden."""
    guild_id = by.guild_id
    settings = await guilds.read(session, "presence", presence.PresenceSettings, guild_id)
    check_may_see(user_id, settings.time_of_others, by=by)
    own = await accounts.zone_of(session, by.user_id)
    zone = own or (await guilds.read(session, "schedules", _Zone, guild_id)).zone
    since = period.since(now, zone)
    stays = await presence.stays_of(session, user_id, guild_id, since=since)
    going_on = next((stay for stay in stays if stay.ended_at is None), None)
    alone = going_on is not None and await _is_alone(session, guild_id, going_on.channel_id)
    known = await presence.is_known(session, guild_id)
    return total(stays, since=since, now=now, alone=alone, known=known)


async def _is_alone(session: AsyncSession, guild_id: GuildId, channel_id: int) -> bool:
    """Whoever is in there."""
    people = await presence.present(session, guild_id, ChannelId(channel_id))
    return sum(not each.bot for each in people) == 1
