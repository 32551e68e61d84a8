"""From an intent to a channel whose id stands in its row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.guilds import api as guilds
from rallypoint.features.rooms.model import Room, RoomSettings
from rallypoint.features.rooms.rules import requests as rules
from rallypoint.features.rooms.rules.states import Reason, State
from rallypoint.kernel import jobs
from rallypoint.kernel.errors import OutcomeUnknown, Refused, Unavailable
from rallypoint.kernel.ids import ChannelId, GuildId, OperationId, UserId
from rallypoint.kernel.people import Actor, Permission
from rallypoint.kernel.ports import Discord, Means, VoiceChannelPlan

from . import following, requests

log = structlog.get_logger()

CLOCK_SKEW = timedelta(seconds=30)
"""How far Discord's clock may be from ours when a channel is recognised by its creation time."""


async def open_room(
    means: Means,
    *,
    actor: Actor,
    name: str | None,
    home: ChannelId | None,
    reason: str,
    choose: Callable[[Sequence[str]], str],
) -> tuple[Room, timedelta]:
    """An open room, and how long it stays when empty. *home*: the category in which it was asked for;
    *reason*: for the audit log.

    Raise Refused with what is in the way — nothing has been created then — or OutcomeUnknown, and then the row is
    settled later: it never takes a second try.
    """
    guild_id = actor.guild_id
    async with means.sessions.begin() as session:
        settings = await guilds.read(session, "rooms", RoomSettings, guild_id)
        parent_id = ChannelId(settings.category) if settings.category else home
        bot_id, held = _rights(means.discord, guild_id, parent_id)
        room = await requests.request_room(
            session,
            settings,
            actor=actor,
            name=name,
            parent_id=parent_id,
            choose=choose,
            now=means.clock.now(),
        )
    try:
        channel_id = await means.discord.open_voice_channel(
            guild_id,
            VoiceChannelPlan(
                name=room.name,
                parent_id=parent_id,
                overwrites=rules.overwrites_of_public(guild_id=guild_id, bot_id=bot_id, held=held),
            ),
            operation=OperationId(room.operation),
            reason=reason,
        )
    except OutcomeUnknown:
        log.warning("create not confirmed", guild=guild_id, operation=room.operation)
        if await settle(means, room.id) is not State.EMPTYING:
            raise
    except (Refused, Unavailable):
        async with means.sessions.begin() as session:
            await fail(session, room.id, reason=Reason.FAILED, now=means.clock.now())
        raise
    else:
        async with means.sessions.begin() as session:
            await adopt(session, room.id, channel_id, now=means.clock.now())
            await jobs.cancel(session, requests.settle_key(room.id))
    async with means.sessions() as session:
        opened = await session.get_one(Room, room.id)
    return opened, settings.empty_after


def _rights(
    discord: Discord, guild_id: GuildId, parent_id: ChannelId | None
) -> tuple[UserId, Permission]:
    bot_id, in_guild = discord.bot_id, discord.bot_permissions(guild_id)
    if bot_id is None or in_guild is None:
        raise Unavailable("Discord has not told us about this server yet")
    held = discord.bot_permissions(guild_id, parent_id) if parent_id else in_guild
    if held is None:
        raise Refused("category_unknown", category=parent_id)
    where = f"in the category <#{parent_id}>" if parent_id else "on this server"
    rules.check_permissions(held, where=where)
    return bot_id, held & in_guild if Permission.ADMINISTRATOR not in in_guild else in_guild


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
            await adopt(session, room_id, found[0], now=now)
            return State.EMPTYING
        if found is None or found:
            log.error("create undecidable", operation=room.operation, channels=found)
            await fail(session, room_id, reason=Reason.UNDECIDABLE, now=now)
            return State.CLOSED
        give_up_at = room.requested_at + requests.SETTLE_AFTER
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
            until=room.requested_at + requests.SETTLE_AFTER + CLOCK_SKEW,
        )
    except Refused as refusal:
        log.warning("create cannot be looked for", operation=room.operation, reason=str(refusal))
        return None


async def adopt(
    session: AsyncSession, room_id: int, channel_id: ChannelId, *, now: datetime
) -> None:
    """The channel is the room's. Nobody is in it yet, so its deadline runs."""
    room = await _locked(session, room_id)
    given_up = room.state == State.CLOSED and room.close_reason == Reason.FAILED
    if room.state != State.CREATING and not given_up:
        return
    room.channel_id, room.opened_at = channel_id, now
    room.closed_at = room.close_reason = None
    settings = await guilds.read(session, "rooms", RoomSettings, GuildId(room.guild_id))
    await following.empty(session, room, deadline=now + settings.empty_after)
    await following.follow(session, room, now=now)
    log.info("room opened", guild=room.guild_id, channel=channel_id, operation=room.operation)


async def fail(session: AsyncSession, room_id: int, *, reason: Reason, now: datetime) -> None:
    room = await _locked(session, room_id)
    if room.state != State.CREATING:
        return
    room.state, room.closed_at, room.close_reason = State.CLOSED, now, reason


async def _locked(session: AsyncSession, room_id: int) -> Room:
    found = await session.scalars(select(Room).where(Room.id == room_id).with_for_update())
    return found.one()
