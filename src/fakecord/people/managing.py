"""A member manages channels and roles: what they may not do, Discord's own client does not offer."""

from __future__ import annotations

from typing import Any

from fakecord import permissions
from fakecord.core import Core
from fakecord.entities import Channel, Role
from fakecord.people.channel import ChannelHandle
from fakecord.people.lookup import PeopleError, find_role, may, seen_channel, state_of
from fakecord.permissions import ALL, Permission
from fakecord.rules import channels, members, roles
from fakecord.step import Step
from fakecord.world import GuildState

MOST_CHANNELS = 500
MOST_ROLES = 250


class Managing:
    """`await alice.manages.creates_channel("den", 2)`; PeopleError says what they lack."""

    def __init__(self, core: Core, guild_id: str, user_id: str) -> None:
        self._core, self._guild_id, self._user_id = core, guild_id, user_id

    async def creates_channel(
        self, name: str, type: int = 0, *, category: str | None = None, **fields: Any
    ) -> ChannelHandle:
        """*category*: its id."""
        parent = self._state.channels.get(category or "")
        if parent is None:
            self._need(Permission.MANAGE_CHANNELS, "create channels")
        else:
            self._need_in(parent, Permission.MANAGE_CHANNELS, "create channels in")
        if len(self._state.channels) >= MOST_CHANNELS:
            raise PeopleError(f"a server has at most {MOST_CHANNELS} channels")
        step = self._step()
        made = channels.create(
            step, self._state, type=type, name=name, parent_id=parent and parent.id, **fields
        )
        self._core.commit(step)
        return ChannelHandle(self._core, self._guild_id, made.id)

    async def edits_channel(self, channel: str, **fields: Any) -> None:
        """Name, topic, user limit, slow mode."""
        found = self._managed(channel, "edit")
        step = self._step()
        channels.update(step, found, **fields)
        self._core.commit(step)

    async def deletes_channel(self, channel: str) -> None:
        found = self._managed(channel, "delete")
        step = self._step()
        channels.delete(step, self._state, found)
        self._core.commit(step)

    async def creates_role(self, name: str, bits: int = 0) -> Role:
        own = self._need(Permission.MANAGE_ROLES, "create roles")
        if bits & ~own:
            lacking = ", ".join(permissions.names(bits & ~own))
            raise PeopleError(f"{self._name} cannot give what they lack: {lacking}")
        if len(self._state.roles) >= MOST_ROLES:
            raise PeopleError(f"a server has at most {MOST_ROLES} roles")
        step = self._step()
        made = roles.create(step, self._state, name=name, permissions=bits)
        self._core.commit(step)
        return made

    async def deletes_role(self, role: str) -> None:
        found = self._below(role, "delete")
        if found.managed or found.id == self._guild_id:
            raise PeopleError(f"nobody can delete the role {found.name}")
        step = self._step()
        roles.delete(step, self._state, found)
        self._core.commit(step)

    async def gives_role(self, role: str, user_id: str, *, on: bool = True) -> None:
        """To another member or themselves; with *on* false they take it away."""
        found = self._below(role, "give" if on else "take away")
        if found.managed or found.id == self._guild_id:
            raise PeopleError(f"nobody can give or take the role {found.name}")
        member = self._state.members[user_id]
        kept = tuple(each for each in member.roles if each != found.id)
        step = self._step()
        members.update(step, self._state, member, roles=(*kept, found.id) if on else kept)
        self._core.commit(step)

    async def times_out(self, user_id: str, seconds: float) -> None:
        """From now on for so long; 0 ends it."""
        self._need(Permission.MODERATE_MEMBERS, "time members out")
        state, member = self._state, self._state.members[user_id]
        name = self._core.world.users[user_id].username
        if permissions.in_guild(state, member, self._core.now()) & Permission.ADMINISTRATOR:
            raise PeopleError(f"{name} is the owner or an administrator, whom nobody can time out")
        if not permissions.outranks(state, state.members[self._user_id], member):
            raise PeopleError(f"{self._name} does not stand above {name}")
        step = self._step()
        until = step.now + seconds if seconds else None
        members.update(step, state, member, timeout_until=until)
        self._core.commit(step)

    @property
    def _state(self) -> GuildState:
        return state_of(self._core, self._guild_id)

    @property
    def _name(self) -> str:
        return self._core.world.users[self._user_id].username

    def _step(self) -> Step:
        return self._core.step(self._user_id)

    def _need(self, needed: Permission, what: str) -> int:
        state = self._state
        bits = permissions.in_guild(state, state.members[self._user_id], self._core.now())
        if not bits & needed:
            raise PeopleError(f"{self._name} may not {what}: that takes {needed.name}")
        return ALL if bits & Permission.ADMINISTRATOR else bits

    def _need_in(self, channel: Channel, needed: Permission, what: str) -> None:
        seen = Permission.VIEW_CHANNEL, needed
        if not may(self._core, self._state, self._user_id, channel, *seen):
            raise PeopleError(
                f'{self._name} may not {what} "{channel.name}": that takes {needed.name}'
            )

    def _managed(self, wanted: str, what: str) -> Channel:
        channel = seen_channel(self._core, self._state, self._user_id, wanted)
        if channel.id not in self._state.channels:
            raise PeopleError(f'"{channel.name}" is a thread')
        self._need_in(channel, Permission.MANAGE_CHANNELS, what)
        return channel

    def _below(self, wanted: str, what: str) -> Role:
        self._need(Permission.MANAGE_ROLES, f"{what} roles")
        role = find_role(self._state, wanted)
        member = self._state.members[self._user_id]
        if not permissions.outranks_role(self._state, member, role):
            raise PeopleError(f"{self._name} does not stand above the role {role.name}")
        return role
