"""A session follows the voice ledger and its room. An event is the hint to look; what counts is what the ledger says,
so order, repetition and replay change nothing. Of a guild that is unknown now nothing is concluded."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.guilds import api as guilds
from rallypoint.features.presence import api as presence
from rallypoint.features.rooms import api as rooms
from rallypoint.features.sessions.model import OwnerLeaves, SessionSettings, VoiceSession
from rallypoint.features.sessions.rules import states
from rallypoint.features.sessions.rules.states import Reason, Seen, State
from rallypoint.kernel.ids import ChannelId, GuildId, UserId
from rallypoint.kernel.ports import Discord

from . import ending, lanes, rows

OPENS_WITHIN = timedelta(minutes=3)
"""Longer than `rooms` takes to give up a room."""
HEARD_WITHIN = timedelta(seconds=0.25)
"""A deleted channel's bot leaves it first; of the deletion we hear just after."""


async def look(
    session: AsyncSession, row: VoiceSession, *, now: datetime, due: datetime | None = None
) -> None:
    """Who is in its room decides whether it begins, goes on or ends. *due*: see `ending.begin_end`."""
    if row.state not in states.WITH_BOT or row.channel_id is None:
        return
    guild_id = GuildId(row.guild_id)
    inside = await presence.occupancy(session, guild_id, ChannelId(row.channel_id))
    if inside is None:
        return
    # Bots, whether or not they count as people there, are no guests.
    people = {user_id for user_id, is_bot in inside.bots.items() if not is_bot}
    seen = Seen(member=row.member_id in people, guests=bool(people - {row.member_id}))
    depends = row.state == State.RUNNING and seen.guests and not seen.member
    stays = depends and await _outlives_member(session, guild_id)
    verdict = states.judge(row, seen, now=now, outlives_member=stays)
    if isinstance(verdict, Reason):
        await ending.begin_end(session, row, verdict, now=now, due=due)
    elif verdict is State.RUNNING:
        await ending.begin(session, row, now=now)


async def _outlives_member(session: AsyncSession, guild_id: GuildId) -> bool:
    settings = await guilds.read(session, "sessions", SessionSettings, guild_id)
    return settings.owner_leaves is OwnerLeaves.STAYS


async def expire(session: AsyncSession, session_id: int, *, now: datetime) -> None:
    """The member's time is over, if it still is."""
    row = await rows.locked(session, session_id)
    if row is not None:
        await look(session, row, now=now)


async def note_moved(
    session: AsyncSession,
    channel_id: ChannelId,
    *,
    now: datetime,
    left: UserId | None = None,
    at: datetime | None = None,
) -> VoiceSession | None:
    """Somebody came or went. *left*: who went, *at* that moment: a member who was in for less time than it takes to
    look was there all the same. Returns the session of that room; its end, if it has one, is the caller's to carry
    out."""
    row = await rows.in_channel(session, channel_id)
    if row is None:
        return None
    due = now + rooms.LOOK_AGAIN
    await look(session, row, now=now, due=due)
    time_to_come = timedelta(seconds=row.join_seconds)
    was_in = row.member_id == left and states.was_awaited(row.deadline_at, time_to_come, at or now)
    if was_in and row.state == State.WAITING:
        await ending.begin(session, row, now=now)
        await look(session, row, now=now, due=due)
    return row


async def note_bot_left(
    session: AsyncSession, discord: Discord, channel_id: ChannelId, *, now: datetime
) -> None:
    """That was seen as it happened. If it does not mean to come back by itself, somebody took it out — or the channel
    with it."""
    row = await rows.in_channel(session, channel_id)
    if row is None or row.state not in states.WITH_BOT:
        return
    guild_id = GuildId(row.guild_id)
    if discord.voice_channel(guild_id) == channel_id:
        return
    inside = await presence.present(session, guild_id, channel_id)
    if discord.bot_id in (None, *(each.user_id for each in inside)):
        return
    why = why_out(discord, guild_id, channel_id)
    await ending.begin_end(session, row, why, now=now, due=now + HEARD_WITHIN)


def why_out(discord: Discord, guild_id: GuildId, channel_id: ChannelId) -> Reason:
    """Of a bot that is in its room no more, and is not to go back. In an outage no channel is known."""
    is_known = discord.bot_permissions(guild_id) is not None
    is_gone = is_known and discord.bot_permissions(guild_id, channel_id) is None
    return Reason.GONE if is_gone else Reason.DISCONNECTED


async def note_room_opened(session: AsyncSession, room_id: int, *, now: datetime) -> None:
    """Also one whose creation nobody saw the end of."""
    row = await rows.in_room(session, room_id)
    if row is not None and row.state == State.OPENING:
        await rows.schedule(session, "sessions.open", row, now)


async def note_room_closed(
    session: AsyncSession, room_id: int, reason: str, *, now: datetime
) -> None:
    """By us, by somebody else, or it never came to be."""
    row = await rows.in_room(session, room_id)
    if row is None:
        return
    never = reason in (rooms.Reason.FAILED, rooms.Reason.UNDECIDABLE)
    if row.state == State.OPENING and never:
        # Who was opening it may know why that failed, and is just about to say it.
        await rows.schedule(session, "sessions.open", row, now)
    elif not await ending.begin_end(session, row, Reason.GONE, now=now):
        await rows.schedule(session, "sessions.end", row, now)


async def note_synced(session: AsyncSession, guild_id: GuildId, *, now: datetime) -> None:
    """After an outage, a restart or a fresh log-in: the snapshot and the deadlines decide, and the bot goes back."""
    for row in await rows.of_guild(session, guild_id):
        await look(session, row, now=now)
        await _send_bot(session, row, now=now)


async def _send_bot(session: AsyncSession, row: VoiceSession, *, now: datetime) -> None:
    if row.state in states.WITH_BOT:
        await rows.schedule(session, "sessions.seat", row, now)


async def reconcile(session: AsyncSession, *, now: datetime) -> set[GuildId]:
    """The safety net: whatever a session waits for has a timer. Returns the guilds of those it cannot judge now."""
    unknown: set[GuildId] = set()
    await lanes.give_turns(session, now=now)
    for row in await rows.lock_active(session):
        guild_id = GuildId(row.guild_id)
        if not await presence.is_known(session, guild_id):
            unknown.add(guild_id)
        match State(row.state):
            case State.OPENING:
                if row.requested_at < now - OPENS_WITHIN:
                    await rows.schedule(session, "sessions.open", row, now)
            case State.WAITING if row.deadline_at is not None and row.deadline_at > now:
                await rows.schedule(session, "sessions.expire", row, row.deadline_at)
                await _send_bot(session, row, now=now)
            case State.WAITING | State.RUNNING:
                await look(session, row, now=now)
                await _send_bot(session, row, now=now)
            case State.ENDING:
                await rows.schedule(session, "sessions.end", row, now)
            case State.REQUESTED | State.ENDED:
                pass
    return unknown


async def seat_of(session: AsyncSession, session_id: int) -> tuple[GuildId, ChannelId] | None:
    """Where its bot is to be, if anywhere."""
    row = await session.get(VoiceSession, session_id)
    if row is None or row.state not in states.WITH_BOT or row.channel_id is None:
        return None
    return GuildId(row.guild_id), ChannelId(row.channel_id)


async def is_member_of(discord: Discord, guild_id: GuildId) -> bool:
    """Whether the bot is in the guild. Raise Unavailable if that is not known now."""
    bot_id = discord.bot_id
    return bot_id is None or await discord.standing(guild_id, UserId(bot_id)) is not None
