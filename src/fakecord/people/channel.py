"""A channel or thread in the hands of whoever arranges the scene."""

from __future__ import annotations

from typing import Any

from fakecord.core import Core
from fakecord.entities import Channel, Overwrite, Thread
from fakecord.people.lookup import find_channel, find_member, state_of
from fakecord.rules import channels, threads
from fakecord.step import Step
from fakecord.transcript import transcript
from fakecord.world import GuildState


class ChannelHandle:
    """By id: it may be gone by now."""

    def __init__(self, core: Core, guild_id: str, channel_id: str) -> None:
        self._core = core
        self._guild_id = guild_id
        self.id = channel_id

    @property
    def exists(self) -> bool:
        return self._core.world.channel(self.id) is not None

    @property
    def entity(self) -> Channel:
        return find_channel(state_of(self._core, self._guild_id), self.id)

    @property
    def name(self) -> str:
        return self.entity.name

    @property
    def members(self) -> list[str]:
        """The names of those who are in the thread."""
        users, channel = self._core.world.users, self.entity
        joined = channel.members if isinstance(channel, Thread) else ()
        return [users[each.user_id].username for each in joined]

    @property
    def occupants(self) -> list[str]:
        """The names of those who sit in it."""
        users = self._core.world.users
        return [users[each.user_id].username for each in self._core.world.occupants(self.entity)]

    def transcript(self) -> str:
        """All that was said, ephemeral answers marked as such."""
        return transcript(self._core.world, self.id)

    async def edit(self, **fields: Any) -> None:
        """As the owner does: ``name``, ``user_limit``, ``parent_id``; of a thread ``archived``…"""
        step, channel = self._step(), self.entity
        if isinstance(channel, Thread):
            threads.update(step, channel, **fields)
        else:
            channels.update(step, channel, **fields)
        self._core.commit(step)

    async def delete(self) -> None:
        step = self._step()
        channel = self.entity
        if isinstance(channel, Thread):
            threads.delete(step, channel)
        else:
            channels.delete(step, state_of(self._core, self._guild_id), channel)
        self._core.commit(step)

    async def overwrite(self, target: str, *, allow: int = 0, deny: int = 0) -> None:
        """For a role or member, by name or id; both 0 removes it."""
        state = state_of(self._core, self._guild_id)
        target_id, kind = _target(self._core, state, target)
        step = self._step()
        if allow or deny:
            wanted = Overwrite(id=target_id, type=kind, allow=allow, deny=deny)
            channels.put_overwrite(step, self.entity, wanted)
        else:
            channels.remove_overwrite(step, self.entity, target_id)
        self._core.commit(step)

    def _step(self) -> Step:
        return self._core.step(state_of(self._core, self._guild_id).guild.owner_id)


def _target(core: Core, state: GuildState, wanted: str) -> tuple[str, int]:
    for role in state.roles.values():
        if wanted in (role.id, role.name):
            return role.id, 0
    return find_member(core, state, wanted).user_id, 1
