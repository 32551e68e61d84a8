"""Panels of rooms that are remembered no more."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.panels.model import Panel
from rallypoint.features.rooms.api import Room

FORGOTTEN_AT_ONCE = 2000


async def forget_old(session: AsyncSession, _: datetime) -> int:
    """Some of them; how many."""
    left = (
        select(Panel.room_id)
        .where(~exists().where(Room.id == Panel.room_id))
        .limit(FORGOTTEN_AT_ONCE)
    )
    result = await session.execute(delete(Panel).where(Panel.room_id.in_(left)))
    return cast("CursorResult[Any]", result).rowcount
