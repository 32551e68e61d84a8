from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.rooms.model import Room
from rallypoint.features.rooms.rules import states


async def rooms(session: AsyncSession) -> Mapping[str, int]:
    rows = await session.execute(
        select(Room.state, func.count()).where(Room.state.in_(states.LIVE)).group_by(Room.state)
    )
    count = dict(rows.all())
    return {
        "rooms with people": count.get(states.State.OPEN, 0),
        "rooms empty": count.get(states.State.EMPTYING, 0),
    }
