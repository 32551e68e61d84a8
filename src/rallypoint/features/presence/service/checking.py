"""Whether the ledger, as it is stored, says what Discord said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.presence.model import VoiceCheck, VoiceStay
from rallypoint.features.presence.rules import Stay
from rallypoint.kernel.ids import GuildId, UserId

TOPIC = "rallypoint_voice_check"
"""Announced when it is time for a look."""
_PRIME = 1_000_003
"""Users and channels are taken modulo it, so that the sum over a million stays fits into 64 bits."""


@dataclass(frozen=True, slots=True)
class Sum:
    """How many open stays a guild has, and one number that hangs on who is where."""

    stays: int = 0
    where: int = 0

    @classmethod
    def of(cls, stays: Mapping[UserId, Stay]) -> Sum:
        where = sum(
            user_id % _PRIME * (stay.channel_id % _PRIME) for user_id, stay in stays.items()
        )
        return cls(len(stays), where)


async def stored(session: AsyncSession) -> Mapping[GuildId, Sum]:
    """By the database itself: it is asked every minute, of every open stay there is."""
    product = (VoiceStay.user_id % _PRIME) * (VoiceStay.channel_id % _PRIME)
    rows = await session.execute(
        select(VoiceStay.guild_id, func.count(), func.sum(product))
        .where(VoiceStay.ended_at.is_(None))
        .group_by(VoiceStay.guild_id)
    )
    return {GuildId(guild_id): Sum(stays, int(where)) for guild_id, stays, where in rows}


async def record(
    session: AsyncSession, *, guilds: int, differing: Mapping[GuildId, str], now: datetime
) -> None:
    """That *guilds* were looked at, and in what some of them differ."""
    row = await session.get(VoiceCheck, 1)
    if row is None:
        row = VoiceCheck(id=1, differed=0, differed_at=None, detail="")
        session.add(row)
    row.at, row.guilds, row.differing = now, guilds, len(differing)
    if differing:
        row.differed, row.differed_at = row.differed + len(differing), now
        row.detail = "; ".join(f"{guild}: {what}" for guild, what in differing.items())[:500]
    await session.flush()
