"""What Discord forbids in a guild, until somebody there has changed the rights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import Table, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.guilds.events import Rearmed
from rallypoint.features.guilds.model import Incident
from rallypoint.kernel import events
from rallypoint.kernel.db import add_unless_there
from rallypoint.kernel.ids import GuildId
from rallypoint.ui.web.languages import N_

_incident = cast(Table, Incident.__table__).c
_FORBIDDEN = select(_incident.id).where(
    _incident.guild_id == bindparam("guild_id"),
    _incident.capability == bindparam("capability"),
    _incident.closed_at.is_(None),
)


async def open_incident(
    session: AsyncSession, guild_id: GuildId, capability: str, *, detail: str, now: datetime
) -> bool:
    """False if it was open already."""
    row = {"guild_id": guild_id, "capability": capability, "detail": detail, "opened_at": now}
    return await add_unless_there(session, Incident, **row)


async def is_forbidden(session: AsyncSession, guild_id: GuildId, capability: str) -> bool:
    told = {"guild_id": guild_id, "capability": capability}
    return await session.scalar(_FORBIDDEN, told) is not None


async def figures(session: AsyncSession) -> Mapping[str, int]:
    forbidden = await session.scalar(
        select(func.count()).select_from(Incident).where(Incident.closed_at.is_(None))
    )
    return {N_("things Discord forbids"): forbidden} if forbidden else {}


async def rearm(session: AsyncSession, guild_id: GuildId, *, now: datetime) -> None:
    """Close the guild's incidents, if any, and tell those who wait for it."""
    closed = await session.execute(
        update(Incident)
        .where(Incident.guild_id == guild_id, Incident.closed_at.is_(None))
        .values(closed_at=now)
        .returning(Incident.id)
    )
    if closed.first() is not None:
        await events.record(session, Rearmed(guild_id), at=now)


async def rearm_all(session: AsyncSession, *, now: datetime) -> None:
    guilds = await session.scalars(
        select(Incident.guild_id).where(Incident.closed_at.is_(None)).distinct()
    )
    for guild_id in guilds.all():
        await rearm(session, GuildId(guild_id), now=now)


async def open_incidents(session: AsyncSession, guild_id: GuildId) -> Sequence[Incident]:
    """The newest first."""
    rows = select(Incident).where(Incident.guild_id == guild_id, Incident.closed_at.is_(None))
    return list(await session.scalars(rows.order_by(Incident.id.desc()).limit(50)))
