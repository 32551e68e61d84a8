"""The card in a room's own chat: what is so, and the owner's powers as buttons."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.rooms.model import Room, RoomSettings
from rallypoint.features.rooms.rules import states
from rallypoint.kernel import jobs
from rallypoint.kernel.cards import Card
from rallypoint.kernel.errors import NotFound, Refused
from rallypoint.kernel.ids import ChannelId, GuildId, MessageId
from rallypoint.kernel.people import Permission
from rallypoint.kernel.ports import Means

from . import rights
from .requests import settings_of

log = structlog.get_logger()

Draw = Callable[[Room, RoomSettings, datetime], Card]

NEEDED = Permission.VIEW_CHANNEL | Permission.CONNECT | Permission.SEND_MESSAGES


def panel_key(room_id: int) -> str:
    return f"rooms.panel:{room_id}"


async def show(session: AsyncSession, room_id: int, *, now: datetime) -> None:
    """Have the panel say what is so, soon: changes that come together are said together."""
    await jobs.schedule(session, "rooms.panel", due=now, key=panel_key(room_id), room_id=room_id)


async def draw(means: Means, room_id: int, drawing: Draw) -> None:
    """Post the panel, or bring it up to date; one that somebody has deleted stays away until it is asked for."""
    now = means.clock.now()
    async with means.sessions() as session:
        room = await session.get(Room, room_id)
        if room is None or room.state not in states.USABLE or room.channel_id is None:
            return
        settings = await settings_of(session, GuildId(room.guild_id))
    if not settings.panel or room.keeper != states.KEEPER:
        return
    channel_id, card = ChannelId(room.channel_id), drawing(room, settings, now)
    try:
        rights.check_in_channel(means.discord, GuildId(room.guild_id), channel_id, NEEDED)
        if room.panel_id is None:
            key = f"panel of {room.operation} after {room.panel_turn}"
            said = await means.discord.say(channel_id, card, key=key)
            await _note(means, room_id, said, turn=room.panel_turn + 1)
        elif room.panel_id:
            await means.discord.change_said(channel_id, MessageId(room.panel_id), card)
    except NotFound as gone:
        if gone.code == "message_unknown":
            await _note(means, room_id, MessageId(0), turn=room.panel_turn)
    except Refused as refusal:
        log.warning("room panel not shown", channel=channel_id, reason=str(refusal))


async def repost(means: Means, room_id: int) -> None:
    """Take it away where it is buried, and have it posted anew."""
    async with means.sessions.begin() as session:
        room = await session.scalar(select(Room).where(Room.id == room_id).with_for_update())
        if room is None or room.channel_id is None:
            raise NotFound("room_unknown")
        before, room.panel_id = room.panel_id, None
        await show(session, room_id, now=means.clock.now())
    if before:
        await means.discord.unsay(ChannelId(room.channel_id), MessageId(before))


async def _note(means: Means, room_id: int, message_id: MessageId, *, turn: int) -> None:
    async with means.sessions.begin() as session:
        values = {"panel_id": message_id, "panel_turn": turn}
        await session.execute(update(Room).where(Room.id == room_id).values(values))
