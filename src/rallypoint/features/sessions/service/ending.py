"""The end of a session, in this order: the timer is cancelled, the bot leaves voice, the channel is deleted, the lane
is free, and last the row is closed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.rooms import api as rooms
from rallypoint.features.sessions.events import Completed, Failed, Started
from rallypoint.features.sessions.model import VoiceSession
from rallypoint.features.sessions.rules import states
from rallypoint.features.sessions.rules.states import Reason, State
from rallypoint.kernel import events, jobs
from rallypoint.kernel.errors import Conflict
from rallypoint.kernel.ids import ChannelId, GuildId
from rallypoint.kernel.ports import Means

from . import lanes, rows, telling

log = structlog.get_logger()

KEEPER = "sessions"
Words = Callable[[str | None], str]
"""Of a reason: those for the audit log."""


async def cancel(
    session: AsyncSession, row: VoiceSession, reason: Reason, *, now: datetime
) -> bool:
    """Out of the queue. Whether it was in there. The caller holds the lanes."""
    if not states.cancel(row, reason, now):
        return False
    await session.flush()
    await _publish_end(session, row, now=now)
    behind = [each for each in await rows.active(session) if each.state == State.REQUESTED]
    await telling.tell(session, [row, *behind], now=now)
    return True


async def begin(session: AsyncSession, row: VoiceSession, *, now: datetime) -> None:
    """The member is in the room."""
    states.begin(row, now)
    await jobs.cancel(session, rows.key("sessions.expire", row.id))
    assert row.channel_id is not None
    await events.record(
        session, Started(**rows.told(row), channel_id=ChannelId(row.channel_id)), at=now
    )
    await telling.tell(session, [row], now=now)


async def begin_end(
    session: AsyncSession,
    row: VoiceSession,
    reason: Reason,
    *,
    now: datetime,
    due: datetime | None = None,
) -> bool:
    """Whether this is what ends it: the first reason counts. *due*: when a job carries it out; at once, unless the
    caller does so itself."""
    waited = row.state == State.WAITING
    if not states.begin_end(row, reason):
        return False
    # A time that is over is said by the timer itself, which has an outcome to record.
    if waited and reason is not Reason.TIMEOUT:
        await jobs.cancel(session, rows.key("sessions.expire", row.id))
    end = rows.timer("sessions.end", row, due or now)
    await jobs.schedule_each(session, [end, *telling.timers([row], now=now)])
    log.info("A session ends", guild=row.guild_id, session=row.id, reason=reason.value)
    return True


async def condemn(
    session: AsyncSession, row: VoiceSession, *, words: Words, now: datetime
) -> rooms.Room | None:
    """Of one that ends: what `carry_out` takes, which follows at once when the caller has committed. Should that not
    come about, the session's own timer does the same: the room needs none."""
    if row.room_id is None:
        return None
    return await rooms.condemn(session, row.room_id, reason=words(row.reason), now=now)


async def end(means: Means, session_id: int, *, words: Words) -> None:
    """Raise as `carry_out`; do nothing, unless it ends."""
    async with means.sessions.begin() as session:
        row = await session.get(VoiceSession, session_id)
        if row is None or row.state != State.ENDING:
            return
        room = await condemn(session, row, words=words, now=means.clock.now())
    await carry_out(means, row, room, words=words)


async def carry_out(
    means: Means, row: VoiceSession, room: rooms.Room | None, *, words: Words
) -> None:
    """Raise Unavailable while the channel cannot be deleted: the same again, later.

    A deletion that Discord forbids ends it as well: the channel stays with `rooms`, which deletes it once it may. Until
    then nobody there gets another.
    """
    # Without a slot it has left before, and the guild's connection may be another session's by now.
    if row.slot is not None:
        await means.discord.leave_voice(GuildId(row.guild_id))
    deleted = room is not None and await rooms.delete(means, room, reason=words(row.reason))
    now = means.clock.now()
    async with means.sessions.begin() as session:
        capacities = await lanes.lock(session)
        found = await rows.locked(session, row.id)
        left = None
        if row.room_id is not None:
            left = await rooms.note_deleted(session, row.room_id, deleted=deleted, now=now)
        if found is None:
            return
        if left is None or left.state != rooms.State.CREATING:
            # Else the bot may yet go there, and is not to be taken from another.
            found.slot = None
        gone = left is None or left.state == rooms.State.CLOSED
        by_others = left is not None and left.close_reason == rooms.Reason.GONE
        if by_others and found.reason in states.OUT:
            found.reason = Reason.GONE
        if not gone and await _is_stuck(session, found):
            log.error("A session's room is still there", guild=row.guild_id, session=row.id)
            gone = True
        if gone and states.finish(found, now):
            await _publish_end(session, found, now=now)
            await telling.tell(session, [found], now=now)
        # Its slot is free before anybody takes it.
        await session.flush()
        if found.reason != Reason.DRAIN:
            await lanes.give_turns(session, now=now, capacities=capacities)


async def _is_stuck(session: AsyncSession, row: VoiceSession) -> bool:
    found = await rooms.stuck(session, GuildId(row.guild_id), keeper=KEEPER)
    return row.room_id in {room.id for room in found}


async def check_ends(session: AsyncSession, guild_id: GuildId) -> None:
    """Raise Conflict while an earlier session's room there cannot be deleted: the next one would be left as well."""
    for room in await rooms.stuck(session, guild_id, keeper=KEEPER):
        raise Conflict("session_stuck", room=f"<#{room.channel_id}>")


async def drop(session: AsyncSession, guild_id: GuildId, reason: Reason, *, now: datetime) -> None:
    """The bot is not in that guild any more: there is nothing that could be undone."""
    await lanes.lock(session)
    for row in await rows.lock_active(session):
        if row.guild_id != guild_id or await cancel(session, row, reason, now=now):
            continue
        states.begin_end(row, reason)
        states.finish(row, now)
        await jobs.cancel(session, rows.key("sessions.expire", row.id))
        await session.flush()
        await _publish_end(session, row, now=now)
        await telling.tell(session, [row], now=now)
    await lanes.give_turns(session, now=now)


async def _publish_end(session: AsyncSession, row: VoiceSession, *, now: datetime) -> None:
    told = rows.told(row) | {"reason": row.reason or ""}
    if row.started_at is None:
        await events.record(session, Failed(**told), at=now)
        return
    seconds = max(0.0, (now - row.started_at).total_seconds())
    await events.record(session, Completed(**told, seconds=seconds), at=now)
