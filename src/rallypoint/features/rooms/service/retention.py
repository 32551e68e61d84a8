"""How long it is remembered which rooms there were."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.guilds import api as guilds
from rallypoint.features.rooms.model import Room, RoomSettings
from rallypoint.features.rooms.rules.states import State

CLOSED_DAYS = "rooms.closed_days"
FORGOTTEN_AT_ONCE = 2000


async def forget_old(session: AsyncSession, now: datetime) -> int:
    """Some of the rooms that closed before their guild remembers them; how many."""
    days = dict(await guilds.of_guilds(session, CLOSED_DAYS))
    others = days.pop(None, RoomSettings().closed_days)
    elsewhere = Room.guild_id.not_in(list(days))
    forgotten = await _forget(session, elsewhere, now - timedelta(days=others))
    for guild_id, kept in days.items():
        if forgotten < FORGOTTEN_AT_ONCE:
            of_guild = Room.guild_id == guild_id
            forgotten += await _forget(session, of_guild, now - timedelta(days=kept))
    return forgotten


async def _forget(session: AsyncSession, where: ColumnElement[bool], before: datetime) -> int:
    # The newest stays whatever its age: SQLite would give its id to the next, and others know rooms by theirs.
    newest = select(func.max(Room.id)).scalar_subquery()
    old = (
        select(Room.id)
        .where(where, Room.state == State.CLOSED, Room.closed_at < before, Room.id < newest)
        .limit(FORGOTTEN_AT_ONCE)
    )
    result = await session.execute(delete(Room).where(Room.id.in_(old)))
    return cast("CursorResult[Any]", result).rowcount
