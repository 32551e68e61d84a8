"""What is kept about a person: that they are in a channel, and how they are called, until they leave it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.monitors.model import Monitor
from rallypoint.kernel.ids import UserId

from .calling import state_of


async def export(session: AsyncSession, user_id: UserId) -> dict[str, Any]:
    rows = await session.scalars(select(Monitor).order_by(Monitor.channel_id))
    here = ((row.channel_id, state_of(row).users.get(user_id)) for row in rows)
    return {
        "monitored": [
            {"channel_id": channel_id, "username": name}
            for channel_id, name in here
            if name is not None
        ]
    }
