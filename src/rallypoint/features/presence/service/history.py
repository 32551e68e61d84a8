"""What is kept of who was in voice, and for how long."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, delete, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.guilds import api as guilds
from rallypoint.features.presence.model import PresenceSettings, VoiceOptOut, VoiceStay
from rallypoint.kernel.ids import ChannelId, GuildId, UserId

from .writing import NOBODY

STAY_DAYS = "presence.stay_days"
FORGOTTEN_AT_ONCE = 2000
VEILED_FOR = timedelta(hours=25)
"""Longer than any room stays that is empty."""


async def stays_of(
    session: AsyncSession, user_id: UserId, guild_id: GuildId, *, since: datetime | None
) -> Sequence[VoiceStay]:
    """Those that lasted beyond *since*; None: all that are kept."""
    query = select(VoiceStay).where(VoiceStay.user_id == user_id, VoiceStay.guild_id == guild_id)
    if since is not None:
        query = query.where(or_(VoiceStay.ended_at.is_(None), VoiceStay.ended_at > since))
    return list(await session.scalars(query.order_by(VoiceStay.started_at)))


async def stays_between(
    session: AsyncSession,
    guild_id: GuildId,
    since: datetime,
    until: datetime,
    *,
    of: ChannelId | None = None,
    most: int,
) -> Sequence[VoiceStay] | None:
    """Those that reach into that time, but of who wants no history. None: there are more than *most*."""
    theirs = (VoiceStay.guild_id == guild_id, VoiceStay.started_at < until)
    there = true() if of is None else VoiceStay.channel_id == of
    then = or_(VoiceStay.ended_at.is_(None), VoiceStay.ended_at >= since)
    named = VoiceStay.user_id.not_in(select(VoiceOptOut.user_id)) & (VoiceStay.user_id != NOBODY)
    query = select(VoiceStay).where(*theirs, there, then, named).order_by(VoiceStay.id)
    rows = (await session.scalars(query.limit(most + 1))).all()
    return rows if len(rows) <= most else None


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


async def forget_veiled(session: AsyncSession, now: datetime) -> int:
    """What was left of those who want no history."""
    return await _forget(session, VoiceStay.user_id == NOBODY, now - VEILED_FOR)


def _before(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days)


async def _forget(session: AsyncSession, where: ColumnElement[bool], before: datetime) -> int:
    old = select(VoiceStay.id).where(where, VoiceStay.ended_at < before).limit(FORGOTTEN_AT_ONCE)
    result = await session.execute(delete(VoiceStay).where(VoiceStay.id.in_(old)))
    return cast("CursorResult[Any]", result).rowcount
