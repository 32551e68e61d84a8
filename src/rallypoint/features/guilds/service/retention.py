"""How long it is known who changed what."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.guilds.model import AuditEntry, GuildSettings

from .settings import of_guilds

AUDIT_DAYS = "guilds.audit_days"
FORGOTTEN_AT_ONCE = 2000


async def forget_old(session: AsyncSession, now: datetime) -> int:
    """Some of the entries that are older than their guild keeps them; how many.

    What was about the whole program is kept as long as the program says.
    """
    days = dict(await of_guilds(session, AUDIT_DAYS))
    others = days.pop(None, GuildSettings().audit_days)
    elsewhere = or_(AuditEntry.guild_id.is_(None), AuditEntry.guild_id.not_in(list(days)))
    forgotten = await _forget(session, elsewhere, now - timedelta(days=others))
    for guild_id, kept in days.items():
        if forgotten < FORGOTTEN_AT_ONCE:
            of_guild = AuditEntry.guild_id == guild_id
            forgotten += await _forget(session, of_guild, now - timedelta(days=kept))
    return forgotten


async def _forget(session: AsyncSession, where: ColumnElement[bool], before: datetime) -> int:
    old = select(AuditEntry.id).where(where, AuditEntry.at < before).limit(FORGOTTEN_AT_ONCE)
    result = await session.execute(delete(AuditEntry).where(AuditEntry.id.in_(old)))
    return cast("CursorResult[Any]", result).rowcount
