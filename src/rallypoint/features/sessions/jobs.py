from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.presence.api import Joined, Left, Synced
from rallypoint.features.rooms import api as rooms
from rallypoint.kernel.errors import Refused, Unavailable
from rallypoint.kernel.events import Happened
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import ChannelId, GuildId, UserId
from rallypoint.kernel.jobs import Work

from . import texts
from .api import Lanes
from .model import VoiceSession
from .rules import states
from .rules.states import Reason, State
from .service import ending, following, importing, opening, rows, running, telling

log = structlog.get_logger()

RECONCILE_EVERY = timedelta(seconds=60)
OPEN_TRIES = 3
DRAINED_WITHIN = 5.0
"""Seconds; what is left then is ended at the next start."""
LOOK = 0.05


async def open_room(work: Work) -> None:
    await opening.open_room(
        work,
        work.args["session_id"],
        reason=texts.reason_opened,
        last_try=work.attempt >= OPEN_TRIES,
    )


async def expire(work: Work) -> None:
    async with work.sessions.begin() as session:
        await following.expire(session, work.args["session_id"], now=work.clock.now())


async def end(work: Work) -> None:
    await ending.end(work, work.args["session_id"], words=texts.reason_closed)


async def seat(work: Work) -> None:
    """After a fresh log-in, and to make sure: in its seat the bot stays as it is. Of a guild that is unknown now the
    next snapshot sends it."""
    async with work.sessions.begin() as session:
        seat = await following.seat_of(session, work.args["session_id"])
    if seat is None or work.discord.bot_permissions(seat[0]) is None:
        return
    try:
        await work.discord.join_voice(*seat)
    except Refused as refusal:
        log.warning("The bot may not go back", guild=seat[0], channel=seat[1], why=str(refusal))
        now = work.clock.now()
        async with work.sessions.begin() as session:
            row = await rows.locked(session, work.args["session_id"])
            if row is not None:
                why = following.why_out(work.discord, *seat)
                await ending.begin_end(session, row, why, now=now)


async def tell(work: Work) -> None:
    session_id = work.args["session_id"]
    async with work.sessions.begin() as session:
        told = await telling.to_tell(session, session_id, now=work.clock.now())
    if told is None:
        return
    row, answer = told.session, told.answer
    card = texts.status(row, place=told.place, until=answer.until)
    try:
        await work.discord.edit_answer(answer.token, card)
    except Refused as refusal:
        log.info("A member's message cannot be changed", session=row.id, why=str(refusal))
        async with work.sessions.begin() as session:
            await telling.give_up(session, session_id, answer.token, now=work.clock.now())
    else:
        if row.state == State.ENDED:
            async with work.sessions.begin() as session:
                await telling.forget(session, session_id, answer.token)


async def call(work: Work) -> None:
    """By direct message; who takes none is called in the room."""
    async with work.sessions.begin() as session:
        row = await session.get(VoiceSession, work.args["session_id"])
    if row is None or not states.is_news(row):
        return
    card, member_id = texts.called(row), UserId(row.member_id)
    try:
        await work.discord.tell(member_id, card, key=work.key)
    except Refused as refusal:
        log.info("A member takes no messages", session=row.id, why=str(refusal))
        if row.state == State.WAITING and row.channel_id is not None:
            await _call_in_room(work, row, ChannelId(row.channel_id))


async def _call_in_room(work: Work, row: VoiceSession, channel_id: ChannelId) -> None:
    try:
        rooms.check_in_channel(work.discord, GuildId(row.guild_id), channel_id, rooms.TO_WRITE)
        said = texts.called_in_room(row)
        await work.discord.say(channel_id, said, key=work.key, ping=UserId(row.member_id))
    except Refused as refusal:
        log.warning("A member cannot be told of their turn", session=row.id, why=str(refusal))


async def reconcile(work: Work) -> None:
    now = work.clock.now()
    async with work.sessions.begin() as session:
        unknown = await following.reconcile(session, now=now)
    for guild_id in unknown:
        try:
            is_there = await following.is_member_of(work.discord, guild_id)
        except Unavailable:
            continue
        if not is_there:
            async with work.sessions.begin() as session:
                await ending.drop(session, guild_id, Reason.REMOVED, now=now)


async def follow_presence(work: Work, happened: Happened[Joined | Left]) -> None:
    """Whoever leaves waits for nothing: an end that this is the cause of is carried out here and now."""
    event, now = happened.event, work.clock.now()
    async with work.sessions.begin() as session:
        if isinstance(event, Left) and event.user_id == work.discord.bot_id:
            # What was not seen as it happened may be the end of our own connection: then the bot goes back.
            if event.estimated_since is None:
                await following.note_bot_left(session, work.discord, event.channel_id, now=now)
            return
        left = event.user_id if isinstance(event, Left) else None
        row = await following.note_moved(
            session, event.channel_id, now=now, left=left, at=happened.at
        )
        if row is None or row.state != State.ENDING:
            return
        room = await ending.condemn(session, row, words=texts.reason_closed, now=now)
    await ending.carry_out(work, row, room, words=texts.reason_closed)


async def follow_guild(work: Work, happened: Happened[Synced]) -> None:
    async with work.sessions.begin() as session:
        await following.note_synced(session, happened.event.guild_id, now=work.clock.now())


async def follow_room(work: Work, happened: Happened[rooms.Opened | rooms.Closed]) -> None:
    event, now = happened.event, work.clock.now()
    if event.keeper != ending.KEEPER:
        return
    async with work.sessions.begin() as session:
        if isinstance(event, rooms.Closed):
            await following.note_room_closed(session, event.room_id, event.reason, now=now)
        else:
            await following.note_room_opened(session, event.room_id, now=now)


async def start(parts: Parts) -> None:
    settings, lanes = parts.settings, parts.answers.get(Lanes)
    async with parts.sessions.begin() as session:
        setup = running.Setup(
            enabled=settings.sessions_enabled,
            lanes=(await lanes(session) if lanes else None) or settings.sessions_lanes,
            ends_at_restart=settings.sessions_on_restart == "end",
        )
        await running.start(session, setup, now=parts.clock.now())


async def drain(parts: Parts) -> None:
    """The engine, which still runs, ends them; wait for it. What asks for its turn meanwhile is ended as well."""
    loop = asyncio.get_running_loop()
    give_up_at = loop.time() + DRAINED_WITHIN
    while loop.time() < give_up_at:
        async with parts.sessions.begin() as session:
            if await running.drain(session, now=parts.clock.now()):
                return
        if not parts.discord.connected:
            return
        await asyncio.sleep(LOOK)


async def import_voice_sessions(session: AsyncSession, file: Path, now: datetime) -> str:
    return texts.imported(*await importing.voice_sessions(session, file, now=now))
