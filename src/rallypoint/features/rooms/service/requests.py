"""The intent: a row, before anything is asked of Discord. The caller owns the session and commits it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.rooms.model import Room, RoomSettings
from rallypoint.features.rooms.rules import codenames, requests, states
from rallypoint.kernel import jobs
from rallypoint.kernel.ids import ChannelId, GuildId, UserId, new_operation
from rallypoint.kernel.people import Actor

SETTLE_AFTER = timedelta(seconds=60)
"""Until then a create that has left no trace may still be under way; after it, it has failed."""


def settle_key(room_id: int) -> str:
    return f"rooms.settle:{room_id}"


async def request_room(
    session: AsyncSession,
    settings: RoomSettings,
    *,
    actor: Actor,
    name: str | None,
    parent_id: ChannelId | None,
    choose: Callable[[Sequence[str]], str],
    now: datetime,
) -> Room:
    """A row in `creating`, and the timer that settles it should we not come back. Raise Conflict (a quota) or Refused
    (the name). *choose* picks the codename if no name is given."""
    requests.check_quota(
        await usage(session, actor.guild_id, actor.user_id, now=now),
        most_open=settings.most_open,
        most_an_hour=settings.most_an_hour,
        most_of_guild=settings.most_of_guild,
    )
    if name is None:
        taken = await live_names(session, actor.guild_id)
        name = requests.pick(codenames.CODENAMES, taken=taken, choose=choose)
    room = Room(
        guild_id=actor.guild_id,
        kind="public",
        name=requests.clean_name(name),
        owner_id=actor.user_id,
        parent_id=parent_id,
        operation=new_operation(now),
        state=states.State.CREATING,
        requested_at=now,
    )
    session.add(room)
    await session.flush()
    await jobs.schedule(
        session,
        "rooms.settle",
        due=now + SETTLE_AFTER,
        key=settle_key(room.id),
        room_id=room.id,
    )
    return room


async def usage(
    session: AsyncSession, guild_id: GuildId, member_id: UserId, *, now: datetime
) -> requests.Usage:
    mine, live = Room.owner_id == member_id, Room.state.in_(states.LIVE)
    row = await session.execute(
        select(
            func.count().filter(mine, live),
            func.count().filter(mine, Room.requested_at > now - requests.AN_HOUR),
            func.count().filter(live),
        ).where(Room.guild_id == guild_id)
    )
    open_of_member, created_in_an_hour, open_of_guild = row.one()
    return requests.Usage(open_of_member, created_in_an_hour, open_of_guild)


async def live_names(session: AsyncSession, guild_id: GuildId) -> set[str]:
    names = await session.scalars(
        select(Room.name).where(Room.guild_id == guild_id, Room.state.in_(states.LIVE))
    )
    return set(names)
