"""From a turn to a room with the bot in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.rooms import api as rooms
from rallypoint.features.sessions.model import VoiceSession
from rallypoint.features.sessions.rules import rooms as shapes
from rallypoint.features.sessions.rules import states
from rallypoint.features.sessions.rules.states import Reason, State
from rallypoint.kernel import jobs
from rallypoint.kernel.errors import OutcomeUnknown, Refused, Unavailable
from rallypoint.kernel.ids import ChannelId, GuildId, UserId
from rallypoint.kernel.people import Actor
from rallypoint.kernel.ports import Means

from . import ending, following, rows, telling

log = structlog.get_logger()


async def open_room(
    means: Means, session_id: int, *, reason: Callable[[str], str], last_try: bool
) -> None:
    """Run again after a crash it goes on where it was. *reason*: of the member's name makes that for the audit log;
    *last_try*: a bot that cannot go there now ends the session."""
    asked = await _request(means, session_id)
    if asked is None:
        return
    row, room = asked
    joined: dict[ChannelId, Refused | Unavailable | None] = {}

    async def go_in(channel_id: ChannelId) -> None:
        joined[channel_id] = await _join(means, row, channel_id)

    why, note = reason(row.member_name), partial(_note_channel, session_id=session_id)
    try:
        channel_id = await rooms.create(means, room, reason=why, note=note, meanwhile=go_in)
    except OutcomeUnknown:
        # `rooms` finds out what became of it, and its event makes us go on.
        return
    except (Refused, Unavailable) as error:
        if means.discord.voice_channel(GuildId(row.guild_id)) in joined:
            # It ended while the room was being made.
            await means.discord.leave_voice(GuildId(row.guild_id))
        await _fail(means, row, error)
        return
    # Who comes or goes before it is known whose room it is is seen once the bot is there.
    if channel_id not in joined:
        await go_in(channel_id)
    failure = joined[channel_id]
    if failure is None:
        await _await_member(means, row, channel_id)
    elif isinstance(failure, Unavailable) and not last_try:
        raise failure
    else:
        await _fail(means, row, failure)


async def _join(
    means: Means, row: VoiceSession, channel_id: ChannelId
) -> Refused | Unavailable | None:
    try:
        await means.discord.join_voice(GuildId(row.guild_id), channel_id)
    except (Refused, Unavailable) as error:
        return error
    return None


async def _request(
    means: Means, session_id: int
) -> tuple[VoiceSession, rooms.Requested | int] | None:
    """The session with its room, before anything is asked of Discord: just requested, or known by its id."""
    now = means.clock.now()
    async with means.sessions.begin() as session:
        row = await rows.locked(session, session_id)
        if row is None or row.state != State.OPENING:
            return None
        if row.room_id is not None:
            return row, row.room_id
        actor = Actor(UserId(row.member_id), GuildId(row.guild_id), row.member_name)
        try:
            await ending.check_ends(session, actor.guild_id)
            room = await rooms.request(
                session,
                actor=actor,
                kind=rooms.Kind.PERSONAL,
                name=shapes.name_of(row.member_name),
                parent_id=ChannelId(row.parent_id) if row.parent_id else None,
                overwrites=shapes.overwrites(actor.guild_id, actor.user_id),
                keeper=ending.KEEPER,
                now=now,
                at_once=True,
            )
        except Refused as refusal:
            _note_failure(row, refusal)
            await ending.begin_end(session, row, Reason.FAILED, now=now)
            return None
        row.room_id = room.room_id
        return row, room


async def _note_channel(session: AsyncSession, channel_id: ChannelId, *, session_id: int) -> None:
    """From here on the room's comings and goings are followed."""
    row = await rows.locked(session, session_id)
    if row is not None:
        row.channel_id = channel_id


async def _await_member(means: Means, row: VoiceSession, channel_id: ChannelId) -> None:
    now, guild_id = means.clock.now(), GuildId(row.guild_id)
    async with means.sessions.begin() as session:
        found = await rows.locked(session, row.id)
        deadline = now + timedelta(seconds=row.join_seconds)
        awaited = found is not None and states.await_member(found, deadline)
        if found is not None and awaited:
            found.channel_id = channel_id
            # Who saw the room before the bot was in it may be there already: then it is written as running at once.
            with session.no_autoflush:
                await following.look(session, found, now=now)
            if found.state == State.WAITING:
                expiry = rows.timer("sessions.expire", found, deadline)
                await jobs.schedule_each(session, [expiry, *telling.timers([found], now=now)])
            if means.discord.voice_channel(guild_id) != channel_id:
                await ending.begin_end(session, found, Reason.DISCONNECTED, now=now)
    if not awaited and means.discord.voice_channel(guild_id) == channel_id:
        # It ended while the bot was on its way, which has left before it came.
        await means.discord.leave_voice(guild_id)


async def _fail(means: Means, row: VoiceSession, why: Refused | Unavailable) -> None:
    now = means.clock.now()
    async with means.sessions.begin() as session:
        found = await rows.locked(session, row.id)
        if found is not None and await ending.begin_end(session, found, Reason.FAILED, now=now):
            _note_failure(found, why)


def _note_failure(row: VoiceSession, why: Refused | Unavailable) -> None:
    log.error("A session's room cannot be opened", guild=row.guild_id, session=row.id, why=str(why))
    if isinstance(why, Refused):
        facts = {name: _storable(fact) for name, fact in why.facts.items()}
        row.failure = {"code": why.code, "facts": facts}


def _storable(fact: object) -> str | int:
    return fact if isinstance(fact, int) else str(fact)
