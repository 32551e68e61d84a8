"""The card in a room's own chat: what is so, and the owner's powers as buttons."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.panels.model import Panel
from rallypoint.features.rooms import api as rooms
from rallypoint.kernel import jobs
from rallypoint.kernel.cards import Card
from rallypoint.kernel.db import add_unless_there
from rallypoint.kernel.errors import NotFound, Refused
from rallypoint.kernel.ids import ChannelId, GuildId, MessageId
from rallypoint.kernel.people import Permission
from rallypoint.kernel.ports import Means

log = structlog.get_logger()

Draw = Callable[[rooms.Room, Panel, rooms.RoomSettings, datetime], Card]

NEEDED = rooms.TO_WRITE | Permission.CONNECT


def panel_key(room_id: int) -> str:
    return f"panels.show:{room_id}"


async def show(session: AsyncSession, room_id: int, *, now: datetime) -> None:
    """Have the panel say what is so, soon: changes that come together are said together."""
    await jobs.schedule(session, "panels.show", due=now, key=panel_key(room_id), room_id=room_id)


async def of_room(session: AsyncSession, room_id: int) -> Panel:
    """Locked; made if there is none yet."""
    locked = select(Panel).where(Panel.room_id == room_id).with_for_update()
    found = await session.scalar(locked)
    if found is not None:
        return found
    await add_unless_there(session, Panel, room_id=room_id)
    return (await session.scalars(locked)).one()


async def draw(means: Means, room_id: int, drawing: Draw) -> None:
    """Post the panel, or bring it up to date; one that somebody has deleted stays away until it is asked for."""
    now = means.clock.now()
    async with means.sessions.begin() as session:
        room = await session.get(rooms.Room, room_id)
        if room is None or room.state not in rooms.USABLE or room.channel_id is None:
            return
        settings = await rooms.settings_for(session, room)
        panel = await of_room(session, room_id)
    if not settings.panel or room.keeper != rooms.KEEPER:
        return
    channel_id, card = ChannelId(room.channel_id), drawing(room, panel, settings, now)
    try:
        rooms.check_in_channel(means.discord, GuildId(room.guild_id), channel_id, NEEDED)
        if panel.message_id is None:
            key = f"panel of {room.operation} after {panel.turn}"
            said = await means.discord.say(channel_id, card, key=key)
            await _note(means, room_id, said, turn=panel.turn + 1)
        elif panel.message_id:
            await means.discord.change_said(channel_id, MessageId(panel.message_id), card)
    except NotFound as gone:
        if gone.code == "message_unknown":
            await _note(means, room_id, MessageId(0), turn=panel.turn)
    except Refused as refusal:
        log.warning("room panel not shown", channel=channel_id, reason=str(refusal))


async def repost(means: Means, room_id: int) -> None:
    """Take it away where it is buried, and have it posted anew."""
    async with means.sessions.begin() as session:
        room = await session.get(rooms.Room, room_id)
        if room is None or room.channel_id is None:
            raise NotFound("room_unknown")
        panel = await of_room(session, room_id)
        before, panel.message_id = panel.message_id, None
        await show(session, room_id, now=means.clock.now())
    if before:
        await means.discord.unsay(ChannelId(room.channel_id), MessageId(before))


async def _note(means: Means, room_id: int, message_id: MessageId, *, turn: int) -> None:
    async with means.sessions.begin() as session:
        values = {"message_id": message_id, "turn": turn}
        await session.execute(update(Panel).where(Panel.room_id == room_id).values(values))
