"""Who is in a personal session on a server, and who waits for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.sessions import api as sessions
from rallypoint.features.sessions.api import State
from rallypoint.kernel.ids import GuildId


@dataclass(frozen=True, slots=True)
class Wait:
    """Of the server that is looked at."""

    member_id: int
    name: str
    lane: str
    state: str
    place: int
    """In the queue of its lane, over all servers; 0: it has its turn."""
    requested_at: datetime
    deadline_at: datetime | None
    """When its member has to have come."""


async def waits(session: AsyncSession, guild_id: GuildId) -> Sequence[Wait]:
    queues: dict[str, int] = {}
    found = []
    for each in await sessions.active(session):
        place = 0
        if each.state == State.REQUESTED:
            place = queues[each.lane] = queues.get(each.lane, 0) + 1
        if each.guild_id == guild_id:
            until = each.deadline_at if each.state == State.WAITING else None
            found.append(
                Wait(
                    each.member_id,
                    each.member_name,
                    each.lane,
                    each.state,
                    place,
                    each.requested_at,
                    until,
                )
            )
    return found
