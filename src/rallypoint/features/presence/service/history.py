"""What is kept of who was in voice, and for how long."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from pydantic import BaseModel
from sqlalchemy import ColumnElement, CursorResult, delete, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.guilds import api as guilds
from rallypoint.features.presence.model import PresenceSettings, VoiceStay
from rallypoint.features.presence.rules.times import Period, Time, check_may_see, total
from rallypoint.kernel.ids import ChannelId, GuildId, UserId
from rallypoint.kernel.people import Actor

from . import occupancy
from .writing import NOBODY

STAY_DAYS = "presence.stay_days"
SCHEDULES = "schedules"
FORGOTTEN_AT_ONCE = 2000
VEILED_FOR = timedelta(hours=25)
"""Longer than any room stays that is empty."""


class _Zone(BaseModel):
    """The one setting we need of a feature that stands above this one: there is one zone a guild."""

    zone: str = "UTC"


async def time_of(
    session: AsyncSession, user_id: UserId, period: Period, *, by: Actor, now: datetime
) -> Time:
    """How *user_id* spent their time in voice, in the guild of who asks. Raise Forbidden if that is hidden."""
    settings = await guilds.read(session, "presence", PresenceSettings, by.guild_id)
    check_may_see(user_id, settings.time_of_others, by=by)
    zone = (await guilds.read(session, SCHEDULES, _Zone, by.guild_id)).zone
    since = period.since(now, zone)
    query = select(VoiceStay).where(VoiceStay.user_id == user_id, VoiceStay.guild_id == by.guild_id)
    if since is not None:
        query = query.where(or_(VoiceStay.ended_at.is_(None), VoiceStay.ended_at > since))
    stays = list(await session.scalars(query))
    alone = False
    if present := next((stay for stay in stays if stay.ended_at is None), None):
        people = await occupancy.present(session, by.guild_id, ChannelId(present.channel_id))
        alone = [each.user_id for each in people if not each.bot] == [user_id]
    known = await occupancy.is_known(session, by.guild_id)
    return total(stays, since=since, now=now, alone=alone, known=known)


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
