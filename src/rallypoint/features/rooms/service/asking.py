"""Rooms that members ask for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from rallypoint.features.rooms.rules import overwrites, states
from rallypoint.kernel.ids import ChannelId
from rallypoint.kernel.people import Actor
from rallypoint.kernel.ports import Means

from . import opening, requests, rights


async def open_public(
    means: Means,
    *,
    actor: Actor,
    name: str | None,
    home: ChannelId | None,
    reason: str,
    choose: Callable[[Sequence[str]], str],
) -> tuple[ChannelId, timedelta]:
    """An open room, and how long it stays when empty. *home*: the category in which it was asked for, used if none is
    set; *choose* picks the codename if no name is given; *reason*: for the audit log. Raises as `opening.create`."""
    guild_id = actor.guild_id
    async with means.sessions.begin() as session:
        settings = await requests.settings_of(session, guild_id)
        parent_id = ChannelId(settings.category) if settings.category else home
        rights.check_rights(means.discord, guild_id, parent_id)
        if name is None:
            name = await requests.codename(session, guild_id, choose=choose)
        room = await requests.request(
            session,
            actor=actor,
            kind=states.Kind.PUBLIC,
            name=name,
            parent_id=parent_id,
            overwrites=overwrites.of_public(guild_id),
            keeper=states.KEEPER,
            now=means.clock.now(),
        )
    return await opening.create(means, room.room_id, reason=reason), settings.empty_after
