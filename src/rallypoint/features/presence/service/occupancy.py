"""Who is where, as it is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Table, bindparam, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.presence.model import VoiceCheck, VoiceSight, VoiceStay
from rallypoint.features.presence.rules import DEAFENED, Sight
from rallypoint.kernel.ids import ChannelId, GuildId, UserId
from rallypoint.ui.web.languages import N_

# What follows a voice event asks much of this: of tables, and put together once, a statement costs half as much.
_sight = cast(Table, VoiceSight.__table__).c
_stay = cast(Table, VoiceStay.__table__).c
_OPEN = _stay.ended_at.is_(None)
_THERE = _stay.channel_id == bindparam("channel_id")
_SIGHT = select(_sight.sight).where(_sight.guild_id == bindparam("guild_id"))
_PRESENT = (
    select(_stay.channel_id, _stay.user_id, _stay.bot, _stay.started_at, _stay.start_estimated)
    .where(_stay.guild_id == bindparam("guild_id"), _OPEN)
    .order_by(_stay.channel_id, _stay.id)
)
_PRESENT_THERE = _PRESENT.where(_THERE)
_HUMANS = select(_stay.user_id).where(_THERE, _OPEN, _stay.bot.is_(False))
_LEFT = select(func.max(_stay.ended_at)).where(_THERE, _stay.counts.is_(True))
_SINCE = func.coalesce(_stay.same_since, _stay.counted_at)
_OCCUPANCY = (
    select(_sight.sight, _LEFT.scalar_subquery().label("last_left"))
    .add_columns(_stay.user_id, _stay.bot, _stay.counts, _stay.flags, _SINCE.label("since"))
    .outerjoin_from(VoiceSight.__table__, VoiceStay.__table__, _THERE & _OPEN)
    .where(_sight.guild_id == bindparam("guild_id"))
)


@dataclass(frozen=True, slots=True)
class Present:
    channel_id: ChannelId
    user_id: UserId
    bot: bool
    since: datetime
    estimated: bool
    """They came in at some time before *since*, unseen."""


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Of a channel."""

    bots: Mapping[UserId, bool]
    """Who is in, and whether they are bots."""
    is_occupied: bool
    idle_since: datetime | None
    """See `occupied`."""
    last_left: datetime | None
    """When the latest stay there ended of those who keep it from being empty."""


async def present(
    session: AsyncSession, guild_id: GuildId, channel_id: ChannelId | None = None
) -> Sequence[Present]:
    """Everybody who is in voice there, channel by channel, in the order in which they came."""
    query = _PRESENT if channel_id is None else _PRESENT_THERE
    rows = await session.execute(query, {"guild_id": guild_id, "channel_id": channel_id})
    return [Present(*row) for row in rows]


async def is_known(session: AsyncSession, guild_id: GuildId) -> bool:
    """Whether the ledger can be believed for this guild now."""
    return await session.scalar(_SIGHT, {"guild_id": guild_id}) == Sight.KNOWN


async def occupancy(
    session: AsyncSession, guild_id: GuildId, channel_id: ChannelId
) -> Occupancy | None:
    """None: the ledger cannot be believed for that guild now."""
    told = {"guild_id": guild_id, "channel_id": channel_id}
    rows = (await session.execute(_OCCUPANCY, told)).all()
    if not rows or rows[0].sight != Sight.KNOWN:
        return None
    bots = {UserId(row.user_id): row.bot for row in rows if row.user_id is not None}
    keeping = [row for row in rows if row.counts]
    idle = [row.since for row in keeping if not row.bot and row.flags & DEAFENED]
    idle_since = idle[0] if idle and len(keeping) == 1 else None
    return Occupancy(bots, bool(keeping), idle_since, rows[0].last_left)


async def humans_in(session: AsyncSession, channel_id: ChannelId) -> Sequence[UserId]:
    return [UserId(each) for each in await session.scalars(_HUMANS, {"channel_id": channel_id})]


async def figures(session: AsyncSession) -> Mapping[str, int]:
    people = await session.scalar(select(func.count()).where(_OPEN, _stay.bot.is_(False)))
    guilds = await session.scalar(select(func.count()).where(_sight.sight == Sight.KNOWN))
    figures = {N_("people in voice"): people or 0, N_("servers in sight"): guilds or 0}
    differing = await session.scalar(select(VoiceCheck.differing))
    return figures | ({N_("servers whose voice ledger differs"): differing} if differing else {})


async def occupied(
    session: AsyncSession, channel_ids: Sequence[ChannelId]
) -> Mapping[ChannelId, datetime | None]:
    """Those of *channel_ids* that are not empty; and since when, as far as it was seen, one person alone has kept it so
    and done nothing but be deafened, if that is how it is."""
    deafened = _stay.bot.is_(False) & (_stay.flags.bitwise_and(DEAFENED) != 0)
    idle = (func.count() == 1) & (func.count().filter(deafened) == 1)
    found: dict[ChannelId, datetime | None] = {}
    for start in range(0, len(channel_ids), 500):
        some = _stay.channel_id.in_(channel_ids[start : start + 500])
        rows = await session.execute(
            select(_stay.channel_id, case((idle, func.max(_SINCE))))
            .where(some, _OPEN, _stay.counts.is_(True))
            .group_by(_stay.channel_id)
        )
        found.update((ChannelId(channel_id), since) for channel_id, since in rows)
    return found
