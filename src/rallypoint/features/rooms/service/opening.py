"""From an intent to a channel whose id stands in its row."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.rooms.events import Opened
from rallypoint.features.rooms.model import Room, RoomSettings
from rallypoint.features.rooms.rules import overwrites, states
from rallypoint.features.rooms.rules import requests as rules
from rallypoint.features.rooms.rules.states import Reason, State
from rallypoint.kernel import events, jobs
from rallypoint.kernel.db import insist
from rallypoint.kernel.errors import Conflict, NotFound, OutcomeUnknown, Refused, Unavailable
from rallypoint.kernel.ids import ChannelId, GuildId, OperationId
from rallypoint.kernel.ports import Discord, Means, VoiceChannelPlan

from . import closing, following, requests, rights
from .requests import Requested

log = structlog.get_logger()

CLOCK_SKEW = timedelta(seconds=30)
"""How far Discord's clock may be from ours when a channel is recognised by its creation time."""


Note = Callable[[AsyncSession, ChannelId], Awaitable[None]]
Meanwhile = Callable[[ChannelId], Awaitable[None]]


async def create(
    means: Means,
    asked: Requested | int,
    *,
    reason: str,
    note: Note | None = None,
    meanwhile: Meanwhile | None = None,
) -> ChannelId:
    """The channel of a room that was requested: *asked* is what was requested `at_once`, or else the room's id. Discord
    is asked once: called again with the id, after a crash, it looks for what the first call left behind. *reason*: for
    the audit log. Of a channel that is made now, *note* is done in the transaction that writes it down, and *meanwhile*
    without waiting for that.

    Raise Refused with what is in the way — there is no channel then, or it goes, for the room's end was asked for —
    or Unavailable; if that is OutcomeUnknown the room is settled later by itself.
    """
    if isinstance(asked, int):
        room, again, settings = await _ask(means, asked)
    else:
        assert asked.room.asked_at is not None
        room, again, settings = asked.room, False, asked.settings
    room_id = room.id
    if room.state in states.WITH_CHANNEL and room.ending is None:
        return _channel_of(room)
    if room.state != State.CREATING:
        raise Conflict("room_failed")
    if room.ending is not None and not again:
        async with means.sessions.begin() as session:
            found = await _found(session, room_id)
            await following.note_closed(session, found, reason=room.ending, now=means.clock.now())
        raise Conflict("room_failed")
    try:
        if again:
            raise OutcomeUnknown("Discord was asked for this channel before")
        channel_id = await _open(means, room, settings, reason=reason)
    except OutcomeUnknown:
        log.warning("create not confirmed", guild=room.guild_id, operation=room.operation)
        if await settle(means, room_id) not in states.USABLE:
            raise
    except (Refused, Unavailable):
        async with means.sessions.begin() as session:
            await fail(session, room_id, reason=Reason.FAILED, now=means.clock.now())
        raise
    else:
        # The member is waiting, and what is not written down now is found out in a minute only.
        written = insist(partial(_write_down, means, room_id, channel_id, settings, note))
        return _usable(await (_both(written, meanwhile(channel_id)) if meanwhile else written))
    async with means.sessions() as session:
        return _usable(await session.get_one(Room, room_id))


async def _write_down(
    means: Means,
    room_id: int,
    channel_id: ChannelId,
    settings: RoomSettings,
    note: Note | None,
) -> Room:
    async with means.sessions.begin() as session:
        if note is not None:
            await note(session, channel_id)
        now = means.clock.now()
        room = await adopt(session, room_id, channel_id, now=now, settings=settings)
        await jobs.cancel(session, requests.settle_key(room_id))
        return room


async def _both(written: Awaitable[Room], meanwhile: Awaitable[None]) -> Room:
    """Neither is left to itself when the other fails."""
    room, failure = await asyncio.gather(written, meanwhile, return_exceptions=True)
    for each in (room, failure):
        if isinstance(each, BaseException):
            raise each
    assert isinstance(room, Room)
    return room


def _usable(room: Room) -> ChannelId:
    """Its channel. Raise Conflict if there is none to be used."""
    if room.state not in states.USABLE:
        raise Conflict("room_failed")
    return _channel_of(room)


def _channel_of(room: Room) -> ChannelId:
    assert room.channel_id is not None
    return ChannelId(room.channel_id)


async def _ask(means: Means, room_id: int) -> tuple[Room, bool, RoomSettings]:
    """The room, whether Discord has been asked for its channel before (from now on it has), and what its guild has
    set."""
    async with means.sessions.begin() as session:
        room = await following.locked(session, room_id)
        if room is None:
            raise NotFound("room_unknown")
        again = room.asked_at is not None
        room.asked_at = room.asked_at or means.clock.now()
        return room, again, await requests.settings_for(session, room)


async def _open(means: Means, room: Room, settings: RoomSettings, *, reason: str) -> ChannelId:
    """In its category; if that is full, in the one for the overflow. A create that was refused has left nothing, so
    the operation may be used again."""
    parent_id = ChannelId(room.parent_id) if room.parent_id else None
    try:
        return await _post(means, room, parent_id, settings, reason=reason)
    except Conflict as full:
        overflow = ChannelId(settings.overflow) if settings.overflow else None
        if full.code != "category_full" or overflow in (None, parent_id):
            raise
    async with means.sessions.begin() as session:
        asked = await _found(session, room.id)
        asked.parent_id, asked.asked_at = overflow, means.clock.now()
    return await _post(means, room, overflow, settings, reason=reason)


async def _post(
    means: Means,
    room: Room,
    parent_id: ChannelId | None,
    settings: RoomSettings,
    *,
    reason: str,
) -> ChannelId:
    guild_id = GuildId(room.guild_id)
    ours = rights.check_rights(means.discord, guild_id, parent_id)
    wanted = [overwrites.from_json(each) for each in room.overwrites or ()]
    return await means.discord.open_voice_channel(
        guild_id,
        VoiceChannelPlan(
            name=room.name,
            parent_id=parent_id,
            user_limit=room.user_limit,
            bitrate=rules.bitrate(settings.bitrate, most=means.discord.most_bitrate(guild_id)),
            overwrites=overwrites.to_create(wanted, bot_id=ours.bot_id, held=ours.held),
        ),
        operation=OperationId(room.operation),
        reason=reason,
    )


async def settle(means: Means, room_id: int) -> State | None:
    """Find out what became of a create that nobody saw the end of: adopt its channel, or give it up once it is too old
    to be under way still. The room's state then."""
    async with means.sessions() as session:
        room = await session.get(Room, room_id)
    if room is None or room.state != State.CREATING:
        return State(room.state) if room else None
    found = await _look_for(means.discord, room)
    now = means.clock.now()
    async with means.sessions.begin() as session:
        if found is not None and len(found) == 1:
            return State((await adopt(session, room_id, found[0], now=now)).state)
        if found is None or found:
            log.error("create undecidable", operation=room.operation, channels=found)
            await fail(session, room_id, reason=Reason.UNDECIDABLE, now=now)
            return State.CLOSED
        # Discord may have been asked since we looked.
        asked_at = (await _found(session, room_id)).asked_at
        give_up_at = (asked_at or room.requested_at) + requests.SETTLE_AFTER
        if now >= give_up_at:
            await fail(session, room_id, reason=Reason.FAILED, now=now)
            return State.CLOSED
        await jobs.schedule(
            session,
            "rooms.settle",
            due=give_up_at,
            key=requests.settle_key(room_id),
            room_id=room_id,
        )
        return State.CREATING


async def _look_for(discord: Discord, room: Room) -> tuple[ChannelId, ...] | None:
    """None: Discord does not let us look."""
    try:
        return await discord.find_created(
            GuildId(room.guild_id),
            VoiceChannelPlan(
                name=room.name, parent_id=ChannelId(room.parent_id) if room.parent_id else None
            ),
            operation=OperationId(room.operation),
            since=room.requested_at - CLOCK_SKEW,
            until=(room.asked_at or room.requested_at) + requests.SETTLE_AFTER + CLOCK_SKEW,
        )
    except Refused as refusal:
        log.warning("create cannot be looked for", operation=room.operation, reason=str(refusal))
        return None


async def adopt(
    session: AsyncSession,
    room_id: int,
    channel_id: ChannelId,
    *,
    now: datetime,
    settings: RoomSettings | None = None,
) -> Room:
    """The channel is the room's. Nobody is in it yet, so its deadline runs — unless its keeper decides about its end,
    or its end was asked for in the meantime. *settings*: those that count for it, if they are known."""
    room = await _found(session, room_id)
    given_up = room.state == State.CLOSED and room.close_reason == Reason.FAILED
    if room.state != State.CREATING and not given_up:
        return room
    if given_up and room.keeper != states.KEEPER:
        # Its keeper has been told that it failed, and will not end it.
        room.ending = Reason.FAILED
    room.channel_id, room.opened_at = channel_id, now
    room.closed_at = room.close_reason = None
    room.state = State.OPEN
    if room.ending is not None:
        await closing.end(session, room, reason=room.ending, now=now)
        return room
    await events.record(session, Opened(**following.told(room)), at=now)
    if room.keeper == states.KEEPER:
        settings = settings or await requests.settings_for(session, room)
        await following.follow(session, room, now=now, settings=settings)
        if settings.max_age:
            await following.expire_after(session, room, settings.max_age, since=now)
    log.info("room opened", guild=room.guild_id, channel=channel_id, operation=room.operation)
    return room


async def fail(session: AsyncSession, room_id: int, *, reason: Reason, now: datetime) -> None:
    """It never came to be; if its end was asked for, that is why."""
    room = await _found(session, room_id)
    if room.state == State.CREATING:
        await following.note_closed(session, room, reason=room.ending or reason, now=now)


async def _found(session: AsyncSession, room_id: int) -> Room:
    """Locked."""
    room = await following.locked(session, room_id)
    assert room is not None
    return room
