"""A room follows the voice ledger: somebody in keeps it, nobody in gives it a deadline. The caller owns the session.

An event is only the hint to look; what counts is what the ledger says now. So order, repetition and replay of events
change nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, literal_column, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.guilds import api as guilds
from rallypoint.features.presence import api as presence
from rallypoint.features.rooms.events import Closed
from rallypoint.features.rooms.model import Room, RoomSettings
from rallypoint.features.rooms.rules import states
from rallypoint.features.rooms.rules.states import State
from rallypoint.kernel import events, jobs
from rallypoint.kernel.ids import ChannelId, GuildId, UserId

from .requests import SETTLE_AFTER, settings_for, settle_key

_LIVE = Room.state != literal_column(f"'{State.CLOSED}'")
"""As the index of live rooms has it: closed ones are kept for long."""


_BY_ID = select(Room).where(Room.id == bindparam("room_id")).with_for_update()
_IN_CHANNEL = select(Room).where(Room.channel_id == bindparam("channel_id")).with_for_update()
IDLE_AFTER = "rooms.idle_after"


def close_key(room_id: int) -> str:
    return f"rooms.close:{room_id}"


def expiry_key(room_id: int) -> str:
    return f"rooms.expire:{room_id}"


async def locked(session: AsyncSession, room_id: int) -> Room | None:
    return await session.scalar(_BY_ID, {"room_id": room_id})


async def follow_channel(session: AsyncSession, channel_id: ChannelId, *, now: datetime) -> None:
    """Nothing happens for a channel that is no room of ours."""
    room = await session.scalar(_IN_CHANNEL, {"channel_id": channel_id})
    if room is not None:
        await follow(session, room, now=now)


IS_ROOM = events.Outbox.subject.in_(
    select(events.subject_of("channel", Room.channel_id)).where(
        _LIVE, Room.keeper == states.KEEPER, Room.channel_id.is_not(None)
    )
)
"""A voice event's channel is a room that presence ends. One whose id is just being stored may be missing: it is looked
at as that is done."""


async def follow_guild(session: AsyncSession, guild_id: GuildId, *, now: datetime) -> None:
    rooms = await session.scalars(
        select(Room)
        .where(Room.guild_id == guild_id, Room.state.in_(states.WITH_CHANNEL))
        .order_by(Room.id)
        .with_for_update()
    )
    for room in rooms.all():
        await follow(session, room, now=now)
        await set_expiry(session, room)


FOLLOWED = ("rooms.empty_after", IDLE_AFTER, "rooms.max_age")
"""Settings that move the ends of rooms that are open."""
IS_FOLLOWED = or_(*(events.Outbox.subject == guilds.subject_of_setting(key) for key in FOLLOWED))


async def follow_setting(session: AsyncSession, guild_id: GuildId | None, *, now: datetime) -> None:
    """In the guild in which it was changed, or in all."""
    if guild_id is not None:
        await follow_guild(session, guild_id, now=now)
        return
    with_rooms = select(Room.guild_id).where(Room.state.in_(states.WITH_CHANNEL)).distinct()
    for each in sorted(await session.scalars(with_rooms)):
        await follow_guild(session, GuildId(each), now=now)


async def follow(
    session: AsyncSession, room: Room, *, now: datetime, settings: RoomSettings | None = None
) -> None:
    """Nothing is concluded while the guild is unknown: its next snapshot makes us look again. *settings*: the room's,
    if they are known."""
    if room.state not in states.WITH_CHANNEL:
        return
    if room.state == State.DELETING:
        await jobs.schedule(
            session, "rooms.close", due=now, key=close_key(room.id), room_id=room.id
        )
        return
    if room.keeper != states.KEEPER:
        return
    seen = await occupancy(session, room, settings)
    if seen is None:
        return
    if isinstance(seen, states.Occupied):
        if room.state == State.EMPTYING:
            await jobs.cancel(session, close_key(room.id))
        room.state, room.deadline_at = State.OPEN, None
        return
    if room.state == State.EMPTYING and room.deadline_at == seen.deadline and seen.deadline > now:
        return
    await empty(session, room, deadline=seen.deadline)


async def empty(session: AsyncSession, room: Room, *, deadline: datetime) -> None:
    room.state, room.deadline_at = State.EMPTYING, deadline
    await jobs.schedule(
        session, "rooms.close", due=deadline, key=close_key(room.id), room_id=room.id
    )


async def occupancy(
    session: AsyncSession, room: Room, settings: RoomSettings | None = None
) -> states.Occupied | states.EmptySince | None:
    """None: the guild is unknown now."""
    assert room.channel_id is not None
    assert room.opened_at is not None
    seen = await presence.occupancy(session, GuildId(room.guild_id), ChannelId(room.channel_id))
    if seen is None:
        return None
    if room.held_by is not None or (seen.is_occupied and seen.idle_since is None):
        return states.Occupied()
    settings = settings or await settings_for(session, room)
    idle = seen.idle_since if settings.idle_after else None
    return states.occupancy(
        occupied=seen.is_occupied,
        opened_at=room.opened_at,
        last_left=seen.last_left,
        empty_after=settings.empty_after,
        awaited_until=room.awaited_until,
        idle_until=idle + settings.idle_after if idle else None,
    )


async def set_expiry(session: AsyncSession, room: Room) -> None:
    """The timer of a room's greatest age, where the guild has one."""
    if room.keeper != states.KEEPER or room.opened_at is None:
        return
    settings = await settings_for(session, room)
    if not settings.max_age:
        await jobs.cancel(session, expiry_key(room.id))
        return
    await expire_after(session, room, settings.max_age, since=room.opened_at)


async def expire_after(
    session: AsyncSession, room: Room, age: timedelta, *, since: datetime
) -> None:
    key = expiry_key(room.id)
    await jobs.schedule(session, "rooms.expire", due=since + age, key=key, room_id=room.id)


LATE = timedelta(seconds=5)
"""A deadline that passed this long ago has lost its timer."""


async def reconcile(
    session: AsyncSession, *, now: datetime, guild_id: GuildId | None = None
) -> int:
    """The safety net: look again at every room, of one guild or of all, that nothing looks after. How many."""
    found = await session.scalars(
        select(Room)
        .where(
            _of(guild_id),
            or_(
                (Room.state == State.OPEN) & (Room.keeper == states.KEEPER),
                Room.state == State.DELETING,
                (Room.state == State.EMPTYING) & (Room.deadline_at < now - LATE),
            ),
        )
        .order_by(Room.id)
        .with_for_update()
    )
    rooms: Sequence[Room] = found.all()
    channels = [ChannelId(room.channel_id) for room in rooms if room.channel_id is not None]
    # Nobody tells us that somebody was deafened: of the many who are, few matter, and a minute is soon enough.
    may_idle = await guilds.is_set(session, IDLE_AFTER)
    occupied = await presence.occupied(session, channels)
    kept = {channel for channel, idle in occupied.items() if idle is None or not may_idle}
    suspect = [room for room in rooms if room.state != State.OPEN or room.channel_id not in kept]
    for room in suspect:
        await follow(session, room, now=now)
    return len(suspect) + await settle_all(
        session, requested_before=now - SETTLE_AFTER, now=now, guild_id=guild_id
    )


def _of(guild_id: GuildId | None) -> ColumnElement[bool]:
    return true() if guild_id is None else Room.guild_id == guild_id


async def settle_all(
    session: AsyncSession,
    *,
    requested_before: datetime,
    now: datetime,
    guild_id: GuildId | None = None,
) -> int:
    """Find out soon what became of every create that was left under way."""
    rooms = await session.scalars(
        select(Room.id).where(
            _of(guild_id), Room.state == State.CREATING, Room.requested_at <= requested_before
        )
    )
    found = rooms.all()
    for room_id in found:
        await jobs.schedule(
            session, "rooms.settle", due=now, key=settle_key(room_id), room_id=room_id
        )
    return len(found)


async def note_gone(session: AsyncSession, channel_id: ChannelId, *, now: datetime) -> None:
    """The channel was deleted: by us, or by somebody else."""
    room = await session.scalar(_IN_CHANNEL, {"channel_id": channel_id})
    if room is not None:
        await note_deleted(session, room, now=now)


async def note_deleted(session: AsyncSession, room: Room, *, now: datetime) -> None:
    """Twice is as once."""
    if room.state in states.WITH_CHANNEL:
        ours = room.state == State.DELETING and room.close_reason
        await note_closed(session, room, reason=ours or states.Reason.GONE, now=now)


async def note_closed(session: AsyncSession, room: Room, *, reason: str, now: datetime) -> None:
    """Its last state, told to whoever follows it."""
    if room.state != State.DELETING:
        await jobs.cancel(session, close_key(room.id))
    room.state, room.closed_at, room.close_reason = State.CLOSED, now, reason
    room.awaited_until = None
    if not room.ending:
        await jobs.cancel(session, expiry_key(room.id))
    await events.record(session, Closed(**told(room), reason=reason), at=now)


def told(room: Room) -> dict[str, Any]:
    """What every event about a room says."""
    return {
        "room_id": room.id,
        "guild_id": GuildId(room.guild_id),
        "channel_id": ChannelId(room.channel_id) if room.channel_id else None,
        "room_kind": room.kind,
        "keeper": room.keeper,
        "owner_id": UserId(room.owner_id),
    }


async def note(
    session: AsyncSession,
    room_id: int,
    *,
    name: str | None = None,
    owner_id: UserId | None = None,
    user_limit: int | None = None,
) -> None:
    """What is so with a room now, as far as it is given."""
    given = {"name": name, "owner_id": owner_id, "user_limit": user_limit}
    values = {key: value for key, value in given.items() if value is not None}
    if values:
        await session.execute(update(Room).where(Room.id == room_id).values(values))
