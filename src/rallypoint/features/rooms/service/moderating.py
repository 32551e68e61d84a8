"""What moderators alone may do. The caller owns the session."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.guilds import api as guilds
from rallypoint.features.rooms.model import Bar, Room
from rallypoint.features.rooms.rules import powers, states
from rallypoint.kernel import jobs
from rallypoint.kernel.db import add_unless_there
from rallypoint.kernel.errors import Conflict, NotFound
from rallypoint.kernel.ids import UserId
from rallypoint.kernel.people import Actor, Role

from . import following


async def hold(session: AsyncSession, room_id: int, *, actor: Actor, now: datetime) -> None:
    """It stays, though it is empty: what was said in it may be needed. Twice is as once."""
    room = await _checked(session, room_id, actor)
    if room.held_by is not None:
        return
    room.held_by, room.deadline_at, room.state = actor.user_id, None, states.State.OPEN
    await jobs.cancel(session, following.close_key(room_id))
    await _note(session, room, "rooms.held", actor=actor, now=now)


async def release(session: AsyncSession, room_id: int, *, actor: Actor, now: datetime) -> None:
    room = await _checked(session, room_id, actor)
    if room.held_by is None:
        raise Conflict("room_not_held")
    room.held_by = None
    await following.follow(session, room, now=now)
    await following.set_expiry(session, room)
    await _note(session, room, "rooms.released", actor=actor, now=now)


async def _checked(session: AsyncSession, room_id: int, actor: Actor) -> Room:
    await _check_moderates(session, actor)
    room = await following.locked(session, room_id)
    if room is None or room.guild_id != actor.guild_id or room.state not in states.USABLE:
        raise NotFound("room_unknown")
    if room.keeper != states.KEEPER:
        raise Conflict("room_kept", keeper=room.keeper)
    return room


async def _note(
    session: AsyncSession, room: Room, action: str, *, actor: Actor, now: datetime
) -> None:
    await guilds.note(
        session,
        by=actor,
        action=action,
        subject=f"room:{room.channel_id}",
        after={"name": room.name},
        now=now,
        guild_id=actor.guild_id,
    )


async def _check_moderates(session: AsyncSession, actor: Actor) -> None:
    """By Discord's permission, or by what the guild has made of them."""
    if await guilds.role_of(session, actor) < Role.ORGANISER:
        actor.check_may(powers.MODERATORS)


async def bar(
    session: AsyncSession, user_id: UserId, *, on: bool, actor: Actor, now: datetime
) -> None:
    """Whether the member may make rooms; those they have made stay. Twice is as once."""
    await _check_moderates(session, actor)
    found = await session.get(Bar, (actor.guild_id, user_id))
    if (found is not None) == on:
        return
    if found is not None:
        await session.delete(found)
    else:
        told = {"guild_id": actor.guild_id, "user_id": user_id, "by_id": actor.user_id, "at": now}
        if not await add_unless_there(session, Bar, **told):
            return
    await guilds.note(
        session,
        by=actor,
        action="rooms.barred" if on else "rooms.unbarred",
        subject=f"user:{user_id}",
        now=now,
        guild_id=actor.guild_id,
    )
