"""Finding channels, members and roles as a person names them: by name or by id."""

from __future__ import annotations

from collections.abc import Iterable

from fakecord import permissions
from fakecord.core import Core
from fakecord.entities import Channel, Member, Role
from fakecord.guild_entities import ScheduledEvent
from fakecord.permissions import Permission
from fakecord.world import GuildState


class PeopleError(Exception):
    """A person cannot do that; the message says why, and what they could do."""


def state_of(core: Core, guild_id: str) -> GuildState:
    state = core.world.guilds.get(guild_id)
    if state is None:
        raise PeopleError(f"there is no guild {guild_id}; {_listed(core.world.guilds)}")
    return state


def find_channel(state: GuildState, wanted: str) -> Channel:
    """By name or id, threads too."""
    name = wanted.removeprefix("#")
    known_ones: list[Channel] = [*state.channels.values(), *state.threads.values()]
    found = state.channels.get(name) or state.threads.get(name)
    named = [each for each in known_ones if each.name == name]
    # A category may share the name of a channel in it; people mean the channel.
    named.sort(key=lambda channel: channel.type == 4)
    if found is None and not named:
        known = _listed(each.name for each in known_ones)
        raise PeopleError(f'there is no channel "{wanted}" in {state.guild.name}; {known}')
    return found or named[0]


def find_member(core: Core, state: GuildState, wanted: str) -> Member:
    name = wanted.removeprefix("@")
    if name in state.members:
        return state.members[name]
    users = core.world.users
    for member in state.members.values():
        if name in (users[member.user_id].username, member.nick):
            return member
    known = _listed(users[member.user_id].username for member in state.members.values())
    raise PeopleError(f'there is no member "{wanted}" in {state.guild.name}; {known}')


def find_event(state: GuildState, wanted: str) -> ScheduledEvent:
    for event in state.scheduled_events.values():
        if wanted in (event.id, event.name):
            return event
    known = _listed(each.name for each in state.scheduled_events.values())
    raise PeopleError(f'there is no event "{wanted}" in {state.guild.name}; {known}')


def find_role(state: GuildState, wanted: str) -> Role:
    if wanted in state.roles:
        return state.roles[wanted]
    for role in state.roles.values():
        if role.name == wanted:
            return role
    known = _listed(each.name for each in state.roles.values())
    raise PeopleError(f'there is no role "{wanted}" in {state.guild.name}; {known}')


def may(core: Core, state: GuildState, user_id: str, channel: Channel, *needed: Permission) -> bool:
    member = state.members.get(user_id)
    if member is None:
        return False
    bits = permissions.in_channel(state, member, channel, core.now())
    return all(bits & each for each in needed)


def seen_channel(core: Core, state: GuildState, user_id: str, wanted: str) -> Channel:
    """A channel somebody names: it must be one of those they see."""
    channel = find_channel(state, wanted)
    if not may(core, state, user_id, channel, Permission.VIEW_CHANNEL):
        name = core.world.users[user_id].username
        raise PeopleError(f'{name} cannot see the channel "{channel.name}"')
    return channel


def _listed(names: Iterable[str]) -> str:
    known = sorted(names)
    return f"there are: {', '.join(known)}" if known else "there are none"
