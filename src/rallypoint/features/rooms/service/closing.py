"""The end of a room: empty for its time, or asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import bindparam, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.guilds import api as guilds
from rallypoint.features.rooms.model import Room
from rallypoint.features.rooms.rules import states
from rallypoint.features.rooms.rules.states import Reason, State
from rallypoint.kernel import jobs
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.ids import ChannelId, GuildId, OperationId
from rallypoint.kernel.people import Permission
from rallypoint.kernel.ports import Means

from . import following, rights
from .requests import settings_for

log = structlog.get_logger()

LOOK_AGAIN = timedelta(seconds=10)
"""Whoever asks for an end carries it out at once; should that fail, a timer does."""


async def request_close(session: AsyncSession, room_id: int, *, reason: str, now: datetime) -> None:
    """The room is to go, whoever is in it, at once when this transaction is committed. A room that is still being made
    goes when it is there; one that has gone is left alone."""
    room = await following.locked(session, room_id)
    if room is not None:
        await end(session, room, reason=reason, now=now)


async def end(session: AsyncSession, room: Room, *, reason: str, now: datetime) -> None:
    """As `request_close`."""
    if _end(room, reason=reason, now=now):
        await _close_at(session, room.id, now)


async def condemn(
    session: AsyncSession, room_id: int, *, reason: str, now: datetime
) -> Room | None:
    """The room, if it can be deleted as soon as this transaction is committed: by `delete`, which the caller then calls
    at once, and has called again should that not come about. None: it is still being made, forbidden to be deleted, or
    gone."""
    room = await following.locked(session, room_id)
    if room is None or not _end(room, reason=reason, now=now):
        return None
    return None if await _is_forbidden(session, room) else room


def _end(room: Room, *, reason: str, now: datetime) -> bool:
    """Whether it can go now."""
    if room.state == State.CLOSED:
        return False
    room.ending = room.ending or reason
    if room.state == State.CREATING:
        return False
    room.state, room.close_reason = State.DELETING, room.ending
    room.deadline_at = room.deadline_at or now
    return True


async def _close_at(session: AsyncSession, room_id: int, due: datetime) -> None:
    key = following.close_key(room_id)
    await jobs.schedule(session, "rooms.close", due=due, key=key, room_id=room_id)


async def note_deleted(
    session: AsyncSession, room_id: int, *, deleted: bool, now: datetime
) -> Room | None:
    """The room of that id, now that `delete` has said whether it was *deleted*; None if nothing is known of it any
    more."""
    room = await following.locked(session, room_id)
    if room is not None and deleted:
        await following.note_deleted(session, room, now=now)
    return room


async def close(means: Means, room_id: int, *, reason: str) -> bool:
    """Close it now. Whether it is gone: not yet, if it is still being made, or if Discord forbids the deletion, which
    is tried again when its rights there change. Raise Unavailable; then it is tried again in a moment, by itself."""
    now = means.clock.now()
    async with means.sessions.begin() as session:
        room = await condemn(session, room_id, reason=reason, now=now)
        if room is not None:
            await _close_at(session, room_id, now + LOOK_AGAIN)
    deleted = room is not None and await delete(means, room, reason=reason)
    async with means.sessions.begin() as session:
        left = await note_deleted(session, room_id, deleted=deleted, now=means.clock.now())
        await jobs.cancel(session, following.close_key(room_id))
        return left is None or left.state == State.CLOSED


async def expire(session: AsyncSession, room_id: int, *, now: datetime) -> None:
    """The room has reached the greatest age the guild allows — if that is still so, and nobody holds it."""
    room = await session.get(Room, room_id)
    if room is None or room.state not in states.USABLE or room.held_by is not None:
        return
    settings = await settings_for(session, room)
    assert room.opened_at is not None
    if settings.max_age and room.opened_at + settings.max_age <= now:
        await request_close(session, room_id, reason=Reason.AGE, now=now)


async def delete_if_due(means: Means, room_id: int, *, words: Callable[[str], str]) -> None:
    """Delete the room's channel, unless somebody came back, its time is not over, its guild is unknown now or Discord
    has forbidden it: whatever ends that makes us look again. *words*: for the audit log, of the reason."""
    async with means.sessions.begin() as session:
        room = await _take(session, room_id, now=means.clock.now())
    if room is None:
        return
    if await delete(means, room, reason=words(room.close_reason or Reason.EMPTY)):
        async with means.sessions.begin() as session:
            await note_deleted(session, room_id, deleted=True, now=means.clock.now())


async def delete(means: Means, room: Room, *, reason: str) -> bool:
    """Whether there is no such channel any more. Raise Unavailable. *reason*: for the audit log."""
    if room.channel_id is None:
        return False
    channel_id, guild_id = ChannelId(room.channel_id), GuildId(room.guild_id)
    try:
        rights.check_in_channel(means.discord, guild_id, channel_id, Permission.MANAGE_CHANNELS)
        await means.discord.close_channel(
            channel_id, operation=OperationId(room.operation), reason=reason
        )
    except Refused as refusal:
        await _give_back(means, room.id, detail=str(refusal))
        return False
    log.info("room closed", guild=guild_id, channel=channel_id, operation=room.operation)
    return True


async def _take(session: AsyncSession, room_id: int, *, now: datetime) -> Room | None:
    """The room in `deleting`, or None if it is not to be deleted now."""
    room = await following.locked(session, room_id)
    if room is None or room.state not in (State.EMPTYING, State.DELETING):
        return None
    if await _is_forbidden(session, room):
        return None
    if room.ending is not None:
        return room
    seen = await following.occupancy(session, room)
    if seen is None:
        return None
    if isinstance(seen, states.Occupied):
        room.state, room.deadline_at, room.close_reason = State.OPEN, None, None
        return None
    if not seen.is_due(now):
        await following.empty(session, room, deadline=seen.deadline)
        return None
    room.state, room.close_reason, room.deadline_at = State.DELETING, seen.reason, seen.deadline
    return room


async def _is_forbidden(session: AsyncSession, room: Room) -> bool:
    return await guilds.is_forbidden(session, GuildId(room.guild_id), _capability(room))


async def _give_back(means: Means, room_id: int, *, detail: str) -> None:
    now = means.clock.now()
    async with means.sessions.begin() as session:
        room = await following.locked(session, room_id)
        if room is None or room.state != State.DELETING:
            return
        if room.ending is None:
            room.state, room.close_reason = State.EMPTYING, None
        await guilds.open_incident(
            session, GuildId(room.guild_id), _capability(room), detail=detail, now=now
        )
    log.error("may not delete the room", channel=room.channel_id, detail=detail)


_OF_KEEPER = (
    select(Room)
    .where(
        Room.guild_id == bindparam("guild_id"),
        Room.state == literal_column(f"'{State.DELETING}'"),
        Room.keeper == bindparam("keeper"),
    )
    .order_by(Room.id)
)


async def stuck(session: AsyncSession, guild_id: GuildId, *, keeper: str) -> Sequence[Room]:
    """The keeper's rooms there that Discord does not let us delete, until somebody has changed the rights."""
    rooms = await session.scalars(_OF_KEEPER, {"guild_id": guild_id, "keeper": keeper})
    return [room for room in rooms.all() if await _is_forbidden(session, room)]


def _capability(room: Room) -> str:
    return f"delete channel {room.channel_id}"
