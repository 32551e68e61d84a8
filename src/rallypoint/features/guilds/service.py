"""What can be done with a guild's settings and incidents. The caller owns the session and commits it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.kernel import events
from rallypoint.kernel.ids import ChannelId, GuildId

from . import rules
from .events import Rearmed
from .model import Incident, Setting
from .rules import Models, Origin, Shown

M = TypeVar("M", bound=BaseModel)


async def read(
    session: AsyncSession,
    feature: str,
    model: type[M],
    guild_id: GuildId,
    channel_id: ChannelId | None = None,
) -> M:
    """The settings of *feature* as they count in that guild or channel."""
    layers = await _layers(session, guild_id, channel_id)
    shown = rules.resolve({feature: model}, layers)
    return model.model_validate({each.key.partition(".")[2]: each.value for each in shown})


async def show(
    session: AsyncSession,
    models: Models,
    guild_id: GuildId | None = None,
    channel_id: ChannelId | None = None,
) -> list[Shown]:
    return rules.resolve(models, await _layers(session, guild_id, channel_id))


async def put(
    session: AsyncSession,
    models: Models,
    key: str,
    text: object,
    *,
    guild_id: GuildId | None = None,
    channel_id: ChannelId | None = None,
) -> None:
    """Without a guild: for the whole program. Raise NotFound (no such key) or Refused (a value it does not take)."""
    model, field = rules.check_known(models, key)
    value = rules.check_value(model, field, text, key=key)
    row = Setting(guild_id=guild_id or 0, channel_id=channel_id or 0, key=key, value=value)
    await session.merge(row)


async def reset(
    session: AsyncSession,
    models: Models,
    key: str,
    *,
    guild_id: GuildId | None = None,
    channel_id: ChannelId | None = None,
) -> None:
    """Go back to what is inherited. Raise NotFound for a key there is not."""
    rules.check_known(models, key)
    await session.execute(
        delete(Setting).where(
            Setting.guild_id == (guild_id or 0),
            Setting.channel_id == (channel_id or 0),
            Setting.key == key,
        )
    )


async def _layers(
    session: AsyncSession, guild_id: GuildId | None, channel_id: ChannelId | None
) -> Mapping[Origin, Mapping[str, Any]]:
    rows = await session.execute(
        select(Setting.guild_id, Setting.channel_id, Setting.key, Setting.value).where(
            Setting.guild_id.in_({0, guild_id or 0}), Setting.channel_id.in_({0, channel_id or 0})
        )
    )
    layers: dict[Origin, dict[str, Any]] = {"program": {}, "guild": {}, "channel": {}}
    for guild, channel, key, value in rows:
        layers["channel" if channel else "guild" if guild else "program"][key] = value
    return layers


async def open_incident(
    session: AsyncSession, guild_id: GuildId, capability: str, *, detail: str, now: datetime
) -> bool:
    """False if it was open already."""
    if await is_forbidden(session, guild_id, capability):
        return False
    session.add(Incident(guild_id=guild_id, capability=capability, detail=detail, opened_at=now))
    await session.flush()
    return True


async def is_forbidden(session: AsyncSession, guild_id: GuildId, capability: str) -> bool:
    found = await session.scalar(
        select(Incident.id).where(
            Incident.guild_id == guild_id,
            Incident.capability == capability,
            Incident.closed_at.is_(None),
        )
    )
    return found is not None


async def figures(session: AsyncSession) -> Mapping[str, int]:
    forbidden = await session.scalar(
        select(func.count()).select_from(Incident).where(Incident.closed_at.is_(None))
    )
    return {"things Discord forbids": forbidden} if forbidden else {}


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
