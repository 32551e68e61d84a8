"""The end of a room that has been empty for its time."""

from __future__ import annotations

import structlog
from sqlalchemy import select

from rallypoint.features.guilds import api as guilds
from rallypoint.features.presence import api as presence
from rallypoint.features.rooms.model import Room
from rallypoint.features.rooms.rules import states
from rallypoint.features.rooms.rules.states import Reason, State
from rallypoint.kernel.errors import Forbidden, Refused
from rallypoint.kernel.ids import ChannelId, GuildId, OperationId
from rallypoint.kernel.people import Permission
from rallypoint.kernel.ports import Means

from . import following

log = structlog.get_logger()


async def close_if_due(means: Means, room_id: int, *, reason: str) -> None:
    """Delete the room's channel, unless somebody came back, its time is not over, its guild is unknown now or Discord
    has forbidden it: whatever ends that makes us look again."""
    room = await _take(means, room_id)
    if room is None or room.channel_id is None:
        return
    channel_id, guild_id = ChannelId(room.channel_id), GuildId(room.guild_id)
    try:
        _check_may_delete(means, guild_id, channel_id)
        await means.discord.close_channel(
            channel_id, operation=OperationId(room.operation), reason=reason
        )
    except Refused as refusal:
        await _give_back(means, room_id, detail=str(refusal))
        return
    async with means.sessions.begin() as session:
        await following.note_gone(session, channel_id, now=means.clock.now())
    log.info("room closed", guild=guild_id, channel=channel_id, operation=room.operation)


async def _take(means: Means, room_id: int) -> Room | None:
    """The room in `deleting`, or None if it is not to be deleted now."""
    now = means.clock.now()
    async with means.sessions.begin() as session:
        room = await session.scalar(select(Room).where(Room.id == room_id).with_for_update())
        if room is None or room.state not in (State.EMPTYING, State.DELETING):
            return None
        if not await presence.is_known(session, GuildId(room.guild_id)):
            return None
        if await guilds.is_forbidden(session, GuildId(room.guild_id), _capability(room)):
            return None
        seen = await following.occupancy(session, room)
        if isinstance(seen, states.Occupied):
            room.state, room.deadline_at, room.close_reason = State.OPEN, None, None
            return None
        if not seen.is_due(now):
            await following.empty(session, room, deadline=seen.deadline)
            return None
        room.state, room.close_reason = State.DELETING, Reason.EMPTY
        return room


def _check_may_delete(means: Means, guild_id: GuildId, channel_id: ChannelId) -> None:
    """Discord bans a program that asks for too much of what it may not do, so what can be known is not asked."""
    held = means.discord.bot_permissions(guild_id, channel_id)
    if held is None or Permission.ADMINISTRATOR in held:
        return
    if Permission.MANAGE_CHANNELS not in held:
        raise Forbidden("room_not_deletable", permission=Permission.MANAGE_CHANNELS.words)


async def _give_back(means: Means, room_id: int, *, detail: str) -> None:
    now = means.clock.now()
    async with means.sessions.begin() as session:
        room = await session.scalar(select(Room).where(Room.id == room_id).with_for_update())
        if room is None or room.state != State.DELETING:
            return
        room.state, room.close_reason = State.EMPTYING, None
        await guilds.open_incident(
            session, GuildId(room.guild_id), _capability(room), detail=detail, now=now
        )
    log.error("may not delete the room", channel=room.channel_id, detail=detail)


def _capability(room: Room) -> str:
    return f"delete channel {room.channel_id}"
