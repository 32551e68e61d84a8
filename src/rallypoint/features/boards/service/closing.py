"""The end of a room, asked for on a page."""

from __future__ import annotations

from rallypoint.features.guilds import api as guilds
from rallypoint.features.rooms import api as rooms
from rallypoint.features.rooms.api import Reason, Room
from rallypoint.kernel.errors import Conflict, NotFound
from rallypoint.kernel.people import Actor, Role
from rallypoint.kernel.ports import Means


async def close(means: Means, room_id: int, *, actor: Actor) -> bool:
    """As `rooms.close`. Raise Forbidden for who does not organise there, Conflict for a room that is held or another
    feature's."""
    async with means.sessions.begin() as session:
        await guilds.check_role(session, actor, Role.ORGANISER)
        room = await session.get(Room, room_id)
        if room is None or room.guild_id != actor.guild_id or room.state not in rooms.WITH_CHANNEL:
            raise NotFound("room_unknown")
        if room.keeper != rooms.KEEPER:
            raise Conflict("board_room_kept")
        if room.held_by is not None:
            raise Conflict("board_room_held")
        await guilds.note(
            session,
            by=actor,
            action="rooms.close_asked",
            subject=f"room:{room.channel_id}",
            after={"name": room.name},
            now=means.clock.now(),
            guild_id=actor.guild_id,
        )
    return await rooms.close(means, room_id, reason=Reason.MODERATOR)
