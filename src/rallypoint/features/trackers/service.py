"""From a tracker file to rooms, and back. The caller owns the session."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.rooms import api as rooms
from rallypoint.features.rooms.api import Kind, Room, State
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.ids import new_operation

from . import rules


async def take_over(session: AsyncSession, file: Path, now: datetime) -> tuple[int, int]:
    """Each channel of the file becomes a room, which closes when it has been empty for its time as any other; one that
    is a room already stays as it is. How many of each. Raise Refused for a file that cannot be read as a whole."""
    try:
        text = await asyncio.to_thread(file.read_text, encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused("tracker_unreadable", file=str(file), reason=str(error)) from None
    tracked = rules.read(text)
    known = set(
        await session.scalars(select(Room.channel_id).where(Room.channel_id.in_(list(tracked))))
    )
    new = [each for each in tracked.values() if each.channel_id not in known]
    session.add_all([_room(each, now) for each in new])
    await session.flush()
    return len(new), len(tracked) - len(new)


def _room(tracked: rules.Tracked, now: datetime) -> Room:
    opened_at = min(tracked.created_at, now)
    return Room(
        guild_id=tracked.guild_id,
        channel_id=tracked.channel_id,
        kind=Kind(tracked.type),
        keeper=rooms.KEEPER,
        name=tracked.name,
        owner_id=tracked.creator_id,
        creator_id=tracked.creator_id,
        operation=new_operation(now),
        state=State.OPEN,
        requested_at=opened_at,
        asked_at=opened_at,
        opened_at=max(opened_at, tracked.empty_since or opened_at),
    )


async def tracked(session: AsyncSession, now: datetime) -> str:
    """Every room that is open, as a tracker file."""
    found = await session.scalars(
        select(Room).where(Room.state.in_(rooms.WITH_CHANNEL)).order_by(Room.id)
    )
    told = {}
    for room in found:
        settings = await rooms.settings_for(session, room)
        emptied = room.deadline_at - settings.empty_after if room.deadline_at else None
        told[room.channel_id or 0] = _tracked(room, emptied, now)
    return rules.write(told)


def _tracked(room: Room, emptied: datetime | None, now: datetime) -> rules.Tracked:
    return rules.Tracked(
        channel_id=room.channel_id or 0,
        guild_id=room.guild_id,
        name=room.name,
        type="private" if room.kind in (Kind.PRIVATE, Kind.PERSONAL) else "public",
        created_at=room.opened_at or room.requested_at,
        last_checked=now,
        empty_since=emptied,
        creator_id=room.creator_id,
    )
