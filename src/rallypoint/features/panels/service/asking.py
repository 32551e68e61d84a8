"""Rooms that members ask for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from rallypoint.features.panels.rules import access
from rallypoint.features.panels.rules.teams import Teams
from rallypoint.features.rooms import api as rooms
from rallypoint.features.rooms.api import Others
from rallypoint.kernel.ids import ChannelId
from rallypoint.kernel.people import Actor
from rallypoint.kernel.ports import Means


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
    set; *choose* picks the codename if no name is given; *reason*: for the audit log. Raises as `rooms.create`."""
    guild_id = actor.guild_id
    async with means.sessions.begin() as session:
        settings = await rooms.settings_of(session, guild_id)
        parent_id = ChannelId(settings.category) if settings.category else home
        rooms.check_rights(means.discord, guild_id, parent_id)
        if name is None:
            name = await rooms.codename(session, guild_id, choose=choose)
        room = await rooms.request(
            session,
            actor=actor,
            kind=rooms.Kind.PUBLIC,
            name=name,
            parent_id=parent_id,
            overwrites=rooms.of_public(guild_id),
            keeper=rooms.KEEPER,
            user_limit=settings.user_limit,
            now=means.clock.now(),
            settings=settings,
            at_once=True,
        )
    return await rooms.create(means, room, reason=reason), settings.empty_after


async def open_private(
    means: Means,
    *,
    actor: Actor,
    teams: Teams,
    home: ChannelId | None,
    reason: str,
) -> tuple[ChannelId, timedelta]:
    """A room in which only two teams may speak. Raise Forbidden if the actor is of neither; else as `open_public`."""
    teams.check_may_open(actor)
    guild_id = actor.guild_id
    async with means.sessions.begin() as session:
        settings = await rooms.settings_of(session, guild_id)
        parent_id = ChannelId(settings.category) if settings.category else home
        rooms.check_rights(means.discord, guild_id, parent_id)
        room = await rooms.request(
            session,
            actor=actor,
            kind=rooms.Kind.PRIVATE,
            name=teams.name[: settings.longest_name],
            parent_id=parent_id,
            overwrites=access.of_teams(
                guild_id,
                [teams.home.role_id, teams.away.role_id],
                others_see=settings.private_others is not Others.NOTHING,
                others_enter=settings.private_others is Others.LISTEN,
            ),
            keeper=rooms.KEEPER,
            now=means.clock.now(),
            settings=settings,
            at_once=True,
        )
    return await rooms.create(means, room, reason=reason), settings.empty_after
