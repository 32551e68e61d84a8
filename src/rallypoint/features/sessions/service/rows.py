"""Finding sessions. The caller owns the session of the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.sessions.model import VoiceSession
from rallypoint.kernel import events, jobs
from rallypoint.kernel.ids import ChannelId, GuildId, UserId

ACTIVE = VoiceSession.ended_at.is_(None)
_ACTIVE = select(VoiceSession).where(ACTIVE).order_by(VoiceSession.id)
_ONE = select(VoiceSession).limit(1).with_for_update()
_BY_ID = _ONE.where(VoiceSession.id == bindparam("of"))
_IN_CHANNEL, _IN_ROOM, _OF_MEMBER = (
    _ONE.where(column == bindparam("of"), ACTIVE)
    for column in (VoiceSession.channel_id, VoiceSession.room_id, VoiceSession.member_id)
)


async def active(session: AsyncSession) -> Sequence[VoiceSession]:
    """All that have not ended, in the order in which they were asked for."""
    return (await session.scalars(_ACTIVE)).all()


async def lock_active(session: AsyncSession) -> Sequence[VoiceSession]:
    """All that have not ended, locked; the caller holds the lanes."""
    await session.flush()
    found = await session.scalars(
        _ACTIVE.with_for_update().execution_options(populate_existing=True)
    )
    return found.all()


async def locked(session: AsyncSession, session_id: int) -> VoiceSession | None:
    return await _one(session, _BY_ID, session_id)


async def in_channel(session: AsyncSession, channel_id: ChannelId) -> VoiceSession | None:
    """Locked."""
    return await _one(session, _IN_CHANNEL, channel_id)


async def in_room(session: AsyncSession, room_id: int) -> VoiceSession | None:
    """Locked."""
    return await _one(session, _IN_ROOM, room_id)


async def of_member(session: AsyncSession, member_id: UserId) -> VoiceSession | None:
    """Locked."""
    return await _one(session, _OF_MEMBER, member_id)


async def of_guild(session: AsyncSession, guild_id: GuildId) -> Sequence[VoiceSession]:
    """Those with a room or on the way to one, locked."""
    found = await session.scalars(
        select(VoiceSession)
        .where(VoiceSession.guild_id == guild_id, VoiceSession.slot.is_not(None))
        .order_by(VoiceSession.id)
        .with_for_update()
    )
    return found.all()


async def _one(session: AsyncSession, query: Select[VoiceSession], of: int) -> VoiceSession | None:
    found: VoiceSession | None = await session.scalar(query, {"of": of})
    return found


IS_ROOM = events.Outbox.subject.in_(
    select(events.subject_of("channel", VoiceSession.channel_id)).where(
        ACTIVE, VoiceSession.channel_id.is_not(None)
    )
)
"""A voice event's channel is the room of an active session: few are, however many move."""


def told(row: VoiceSession) -> dict[str, Any]:
    """What every event about it says."""
    return {
        "session_id": row.id,
        "guild_id": GuildId(row.guild_id),
        "member_id": UserId(row.member_id),
        "lane": row.lane,
    }


def key(kind: str, session_id: int) -> str:
    return f"{kind}:{session_id}"


def timer(kind: str, row: VoiceSession, due: datetime) -> tuple[str, jobs.Planned]:
    """The one of that kind which the session has."""
    return kind, jobs.Planned(due, {"session_id": row.id}, key=key(kind, row.id))


async def schedule(session: AsyncSession, kind: str, row: VoiceSession, due: datetime) -> None:
    await jobs.schedule_each(session, [timer(kind, row, due)])
