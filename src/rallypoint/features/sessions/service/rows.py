"""Finding sessions. The caller owns the session of the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.sessions.model import VoiceSession
from rallypoint.kernel import events
from rallypoint.kernel.ids import ChannelId, GuildId, UserId

ACTIVE = VoiceSession.ended_at.is_(None)


async def find(session: AsyncSession, session_id: int) -> VoiceSession | None:
    return await session.get(VoiceSession, session_id)


async def active(session: AsyncSession) -> Sequence[VoiceSession]:
    """All that have not ended, in the order in which they were asked for."""
    found = await session.scalars(select(VoiceSession).where(ACTIVE).order_by(VoiceSession.id))
    return found.all()


async def lock_active(session: AsyncSession) -> Sequence[VoiceSession]:
    """All that have not ended, locked; the caller holds the lanes."""
    await session.flush()
    found = await session.scalars(
        select(VoiceSession)
        .where(ACTIVE)
        .order_by(VoiceSession.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.all()


async def locked(session: AsyncSession, session_id: int) -> VoiceSession | None:
    return await _one(session, VoiceSession.id == session_id)


async def in_channel(session: AsyncSession, channel_id: ChannelId) -> VoiceSession | None:
    """Locked."""
    return await _one(session, (VoiceSession.channel_id == channel_id) & ACTIVE)


async def in_room(session: AsyncSession, room_id: int) -> VoiceSession | None:
    """Locked."""
    return await _one(session, (VoiceSession.room_id == room_id) & ACTIVE)


async def of_member(session: AsyncSession, member_id: UserId) -> VoiceSession | None:
    """Locked."""
    return await _one(session, (VoiceSession.member_id == member_id) & ACTIVE)


async def of_guild(session: AsyncSession, guild_id: GuildId) -> Sequence[VoiceSession]:
    """Those with a room or on the way to one, locked."""
    found = await session.scalars(
        select(VoiceSession)
        .where(VoiceSession.guild_id == guild_id, VoiceSession.slot.is_not(None))
        .order_by(VoiceSession.id)
        .with_for_update()
    )
    return found.all()


async def _one(session: AsyncSession, where: Any) -> VoiceSession | None:
    found = await session.scalars(select(VoiceSession).where(where).limit(1).with_for_update())
    return found.one_or_none()


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
