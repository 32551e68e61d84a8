"""What can be done with the ledger. The caller owns the session and commits it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.guilds import api as guilds
from rallypoint.kernel import events
from rallypoint.kernel.ids import ChannelId, GuildId, UserId

from .model import PresenceSettings, VoiceSight, VoiceStay
from .rules import Changes, Closed, Ledger, Opened, Sight, Stay

STAY_DAYS = "presence.stay_days"
FORGOTTEN_AT_ONCE = 2000

_stay = cast(Table, VoiceStay.__table__)
_START = insert(_stay)
_END = (
    update(_stay)
    .where(
        _stay.c.guild_id == bindparam("in_guild"),
        _stay.c.user_id == bindparam("of_user"),
        _stay.c.ended_at.is_(None),
    )
    .values(ended_at=bindparam("at"), end_estimated=bindparam("estimated"))
)


async def forget_sight(session: AsyncSession) -> None:
    """At the start of a gateway session nothing is known of any guild until its snapshot."""
    await session.execute(update(VoiceSight).values(sight=Sight.UNKNOWN))


async def load(session: AsyncSession) -> Ledger:
    """The ledger as it was stored last: the open stays."""
    ledger = Ledger()
    rows = await session.execute(select(VoiceStay).where(VoiceStay.ended_at.is_(None)))
    for row in rows.scalars():
        stay = Stay(ChannelId(row.channel_id), row.started_at, row.bot, row.start_estimated)
        ledger.restore(GuildId(row.guild_id), UserId(row.user_id), stay)
    return ledger


async def store(session: AsyncSession, changes: Changes) -> None:
    """Write what steps of the ledger did: stays, sight and events, in one transaction."""
    ended, started = _rows(changes)
    if ended:
        await session.execute(_END, ended)
    if started:
        await session.execute(_START, started)
    if changes.sights:
        await _store_sights(session, changes.sights)
    await events.record_each(session, changes.facts)


def _rows(changes: Changes) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Ends of stored stays, and new stays — with their end, if they began and ended within these changes."""
    ended: list[dict[str, Any]] = []
    started: list[dict[str, Any]] = []
    fresh: dict[tuple[GuildId, UserId], dict[str, Any]] = {}
    for change in changes.stays:
        key = (change.guild_id, change.user_id)
        match change:
            case Opened():
                fresh[key] = {
                    "guild_id": change.guild_id,
                    "channel_id": change.stay.channel_id,
                    "user_id": change.user_id,
                    "bot": change.stay.bot,
                    "started_at": change.stay.since,
                    "ended_at": None,
                    "start_estimated": change.stay.estimated,
                    "end_estimated": False,
                }
                started.append(fresh[key])
            case Closed() if key in fresh:
                fresh.pop(key).update(ended_at=change.at, end_estimated=change.estimated)
            case Closed():
                ended.append(
                    {
                        "in_guild": change.guild_id,
                        "of_user": change.user_id,
                        "at": change.at,
                        "estimated": change.estimated,
                    }
                )
    return ended, started


async def _store_sights(
    session: AsyncSession, sights: Mapping[GuildId, tuple[Sight, datetime]]
) -> None:
    await session.execute(delete(VoiceSight).where(VoiceSight.guild_id.in_(list(sights))))
    rows = [
        {"guild_id": guild_id, "sight": sight.value, "at": at}
        for guild_id, (sight, at) in sights.items()
    ]
    await session.execute(insert(VoiceSight), rows)


async def is_known(session: AsyncSession, guild_id: GuildId) -> bool:
    """Whether the ledger can be believed for this guild now."""
    sight = await session.scalar(select(VoiceSight.sight).where(VoiceSight.guild_id == guild_id))
    return sight == Sight.KNOWN


async def humans_in(session: AsyncSession, channel_id: ChannelId) -> Sequence[UserId]:
    found = await session.scalars(
        select(VoiceStay.user_id).where(
            VoiceStay.channel_id == channel_id,
            VoiceStay.ended_at.is_(None),
            VoiceStay.bot.is_(False),
        )
    )
    return [UserId(user_id) for user_id in found]


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


async def last_left(session: AsyncSession, channel_id: ChannelId) -> datetime | None:
    """When the latest stay of a human there ended."""
    left: datetime | None = await session.scalar(
        select(func.max(VoiceStay.ended_at)).where(
            VoiceStay.channel_id == channel_id, VoiceStay.bot.is_(False)
        )
    )
    return left


async def figures(session: AsyncSession) -> Mapping[str, int]:
    people = await session.scalar(
        select(func.count())
        .select_from(VoiceStay)
        .where(VoiceStay.ended_at.is_(None), VoiceStay.bot.is_(False))
    )
    guilds = await session.scalar(
        select(func.count()).select_from(VoiceSight).where(VoiceSight.sight == Sight.KNOWN)
    )
    return {"people in voice": people or 0, "servers in sight": guilds or 0}


async def occupied(session: AsyncSession, channel_ids: Sequence[ChannelId]) -> set[ChannelId]:
    """Those of *channel_ids* in which a human is."""
    found: set[ChannelId] = set()
    for start in range(0, len(channel_ids), 500):
        some = channel_ids[start : start + 500]
        rows = await session.scalars(
            select(VoiceStay.channel_id)
            .where(
                VoiceStay.channel_id.in_(some),
                VoiceStay.ended_at.is_(None),
                VoiceStay.bot.is_(False),
            )
            .distinct()
        )
        found.update(ChannelId(channel_id) for channel_id in rows)
    return found


async def forget_old(session: AsyncSession, now: datetime) -> int:
    """Some of the stays that ended before their guild keeps them; how many."""
    days = dict(await guilds.of_guilds(session, STAY_DAYS))
    others = days.pop(None, PresenceSettings().stay_days)
    elsewhere = VoiceStay.guild_id.not_in(list(days))
    forgotten = await _forget(session, elsewhere, _before(now, others))
    for guild_id, kept in days.items():
        if forgotten < FORGOTTEN_AT_ONCE:
            of_guild = VoiceStay.guild_id == guild_id
            forgotten += await _forget(session, of_guild, _before(now, kept))
    return forgotten


async def forget_stays(
    session: AsyncSession, *, days: int, of: GuildId | None, now: datetime
) -> int:
    """Some of the stays that ended so many days ago, of one guild or of all; how many."""
    where = true() if of is None else VoiceStay.guild_id == of
    return await _forget(session, where, _before(now, days))


def _before(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days)


async def _forget(session: AsyncSession, where: ColumnElement[bool], before: datetime) -> int:
    old = select(VoiceStay.id).where(where, VoiceStay.ended_at < before).limit(FORGOTTEN_AT_ONCE)
    result = await session.execute(delete(VoiceStay).where(VoiceStay.id.in_(old)))
    return cast("CursorResult[Any]", result).rowcount
