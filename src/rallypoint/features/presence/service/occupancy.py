"""Who is where, as it is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.presence.model import VoiceCheck, VoiceSight, VoiceStay
from rallypoint.features.presence.rules import DEAFENED, Sight
from rallypoint.kernel.ids import ChannelId, GuildId, UserId
from rallypoint.ui.web.languages import N_


@dataclass(frozen=True, slots=True)
class Present:
    channel_id: ChannelId
    user_id: UserId
    bot: bool
    since: datetime
    estimated: bool
    """They came in at some time before *since*, unseen."""


async def present(
    session: AsyncSession, guild_id: GuildId, channel_id: ChannelId | None = None
) -> Sequence[Present]:
    """Everybody who is in voice there, channel by channel, in the order in which they came."""
    query = select(
        VoiceStay.channel_id,
        VoiceStay.user_id,
        VoiceStay.bot,
        VoiceStay.started_at,
        VoiceStay.start_estimated,
    ).where(VoiceStay.guild_id == guild_id, VoiceStay.ended_at.is_(None))
    if channel_id is not None:
        query = query.where(VoiceStay.channel_id == channel_id)
    rows = await session.execute(query.order_by(VoiceStay.channel_id, VoiceStay.id))
    return [
        Present(ChannelId(channel), UserId(user), bot, since, estimated)
        for channel, user, bot, since, estimated in rows
    ]


async def is_known(session: AsyncSession, guild_id: GuildId) -> bool:
    """Whether the ledger can be believed for this guild now."""
    sight = await session.scalar(select(VoiceSight.sight).where(VoiceSight.guild_id == guild_id))
    return sight == Sight.KNOWN


async def humans_in(session: AsyncSession, channel_id: ChannelId) -> Sequence[UserId]:
    return await _in(session, channel_id, VoiceStay.bot.is_(False))


async def is_in(session: AsyncSession, channel_id: ChannelId, user_id: UserId) -> bool:
    """A bot as well."""
    return user_id in await _in(session, channel_id, VoiceStay.user_id == user_id)


async def _in(
    session: AsyncSession, channel_id: ChannelId, who: ColumnElement[bool]
) -> Sequence[UserId]:
    found = await session.scalars(
        select(VoiceStay.user_id).where(
            VoiceStay.channel_id == channel_id, VoiceStay.ended_at.is_(None), who
        )
    )
    return [UserId(user_id) for user_id in found]


async def last_left(session: AsyncSession, channel_id: ChannelId) -> datetime | None:
    """When the latest stay there ended of those who keep it from being empty."""
    left: datetime | None = await session.scalar(
        select(func.max(VoiceStay.ended_at)).where(
            VoiceStay.channel_id == channel_id, VoiceStay.counts.is_(True)
        )
    )
    return left


async def figures(session: AsyncSession) -> Mapping[str, int]:
    people = await session.scalar(
        select(func.count())
        .select_from(VoiceStay)
        .where(VoiceStay.ended_at.is_(None), VoiceStay.bot.is_(False))
    )
    known = select(func.count()).select_from(VoiceSight).where(VoiceSight.sight == Sight.KNOWN)
    guilds = await session.scalar(known)
    figures = {N_("people in voice"): people or 0, N_("servers in sight"): guilds or 0}
    differing = await session.scalar(select(VoiceCheck.differing))
    return figures | ({N_("servers whose voice ledger differs"): differing} if differing else {})


async def occupied(
    session: AsyncSession, channel_ids: Sequence[ChannelId]
) -> Mapping[ChannelId, datetime | None]:
    """Those of *channel_ids* that are not empty; and since when, as far as it was seen, one person alone has kept it so
    and done nothing but be deafened, if that is how it is."""
    deafened = VoiceStay.bot.is_(False) & (VoiceStay.flags.bitwise_and(DEAFENED) != 0)
    since = func.coalesce(VoiceStay.same_since, VoiceStay.counted_at)
    idle = (func.count() == 1) & (func.count().filter(deafened) == 1)
    found: dict[ChannelId, datetime | None] = {}
    for start in range(0, len(channel_ids), 500):
        some = VoiceStay.channel_id.in_(channel_ids[start : start + 500])
        rows = await session.execute(
            select(VoiceStay.channel_id, case((idle, func.max(since))))
            .where(some, VoiceStay.ended_at.is_(None), VoiceStay.counts.is_(True))
            .group_by(VoiceStay.channel_id)
        )
        found.update((ChannelId(channel_id), since) for channel_id, since in rows)
    return found
