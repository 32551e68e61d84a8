"""A guild and its channels in the hands of whoever arranges the scene: nobody asks for permission."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fakecord import permissions
from fakecord.core import Core
from fakecord.entities import THREADS, ChannelType, Overwrite, Role, User
from fakecord.guild_entities import ScheduledEvent
from fakecord.people.channel import ChannelHandle
from fakecord.people.lookup import PeopleError, find_channel, find_role, state_of
from fakecord.people.member import Member
from fakecord.permissions import Permission
from fakecord.rules import channels, events, guilds, members, roles
from fakecord.step import Step
from fakecord.world import GuildState

TYPES = {kind.name.lower(): kind for kind in ChannelType if kind not in {*THREADS, ChannelType.DM}}


class GuildHandle:
    def __init__(self, core: Core, guild_id: str) -> None:
        self._core = core
        self.id = guild_id

    @property
    def state(self) -> GuildState:
        return state_of(self._core, self.id)

    @property
    def name(self) -> str:
        return self.state.guild.name

    @property
    def channels(self) -> list[ChannelHandle]:
        return [ChannelHandle(self._core, self.id, each) for each in self.state.channels]

    @property
    def channel_names(self) -> list[str]:
        """Without the categories."""
        found = self.state.channels.values()
        return [each.name for each in found if each.type != ChannelType.CATEGORY]

    def channel(self, name: str) -> ChannelHandle:
        """By name or id; PeopleError if there is none."""
        return ChannelHandle(self._core, self.id, find_channel(self.state, name).id)

    def has_channel(self, name: str) -> bool:
        return name in self.channel_names

    def add_channel(
        self,
        name: str,
        type: str = "text",
        *,
        category: str | None = None,
        overwrites: Iterable[Overwrite] | None = None,
        **fields: Any,
    ) -> ChannelHandle:
        """*type*: text, voice, category, announcement, stage, forum."""
        step = self._step()
        parent_id = find_channel_in_categories(self.state, category) if category else None
        given = None if overwrites is None else tuple(overwrites)
        made = channels.create(
            step,
            self.state,
            type=TYPES[type],
            name=name,
            parent_id=parent_id,
            overwrites=given,
            **fields,
        )
        self._core.commit(step)
        return ChannelHandle(self._core, self.id, made.id)

    def member(
        self, name: str, *, owner: bool = False, roles: Iterable[str] = (), bot: bool = False
    ) -> Member:
        """The member of that name or id, who joins the guild if they were not there."""
        state = self.state
        found = self._known(name)
        wanted = tuple(find_role(state, each).id for each in roles)
        if found is None:
            step = self._step()
            user = self._person(step, name, bot=bot)
            if user.id in state.bans:
                raise PeopleError(f"{name} is banned from {self.name}")
            guilds.add_member(step, state, user, wanted)
            self._core.commit(step)
            found = user.id
        if owner:
            self._hand_over(found)
        return Member(self._core, self.id, found)

    @property
    def banned(self) -> list[str]:
        """The names of those who are."""
        return [self._core.world.users[each].username for each in self.state.bans]

    @property
    def events(self) -> list[ScheduledEvent]:
        """Scheduled ones, which are not over."""
        return events.open_ones(self.state)

    def plans_event(
        self, name: str, *, channel: str | None = None, location: str = "elsewhere", **fields: Any
    ) -> ScheduledEvent:
        """The owner plans one: in a voice channel, or elsewhere; in an hour, for an hour."""
        step = self._step()
        start: float = fields.pop("start", step.now + HOUR)
        if channel is not None:
            where: dict[str, Any] = {"entity_type": 2, "channel_id": self.channel(channel).id}
        else:
            where = {"entity_type": 3, "location": location, "end": start + HOUR}
        owner_id = self.state.guild.owner_id
        event = events.create(step, self.id, owner_id, name=name, start=start, **(where | fields))
        self._core.commit(step)
        return event

    @property
    def threads(self) -> list[ChannelHandle]:
        return [ChannelHandle(self._core, self.id, each) for each in self.state.threads]

    @property
    def members(self) -> list[Member]:
        return [Member(self._core, self.id, each) for each in self.state.members]

    def role(self, name: str, bits: int | None = None, *, position: int | None = None) -> Role:
        """The role of that name, made if there is none; *bits* are what it allows.

        A new one stands at the bottom; the bot's own was there first and stands above it.
        """
        state = self.state
        found = next((r for r in state.roles.values() if name in (r.name, r.id)), None)
        step = self._step()
        if found is None:
            found = roles.create(step, state, name=name, permissions=bits or 0)
        elif bits is not None:
            found = roles.update(step, found, permissions=bits)
        if position is not None:
            found = roles.update(step, found, position=position)
        self._core.commit(step)
        return found

    @property
    def bot_role(self) -> Role:
        return next(
            r for r in self.state.roles.values() if r.bot_id == self._core.world.application.id
        )

    def gives_bot(self, *role_ids: str) -> None:
        """Roles beside its own."""
        self._changes_bot(roles=(self.bot_role.id, *role_ids))

    def times_bot_out(self, until: float | None) -> None:
        self._changes_bot(timeout_until=until)

    def bot_may(self, *allowed: Permission) -> None:
        """From now on the bot's own role allows just these; @everyone's still count."""
        step = self._step()
        roles.update(step, self.bot_role, permissions=sum(set(allowed)))
        self._core.commit(step)

    def everyone_may(self, *allowed: Permission) -> None:
        step = self._step()
        roles.update(step, self.state.roles[self.id], permissions=sum(set(allowed)))
        self._core.commit(step)

    def bot_permissions(self) -> list[str]:
        bot = self.state.members[self._core.world.application.id]
        return permissions.names(permissions.in_guild(self.state, bot, self._core.now()))

    async def outage(self, on: bool = True) -> None:
        """Unavailable for the bot; people go on, unheard, until it is over."""
        self._turn(on)

    def ends_outage(self) -> None:
        self._turn(False)

    def _turn(self, on: bool) -> None:
        step = self._step()
        guilds.outage(step, self.state, on)
        self._core.commit(step)

    async def removes_bot(self) -> None:
        step = self._step()
        guilds.remove_bot(step, self.state)
        self._core.commit(step)

    def _changes_bot(self, **fields: Any) -> None:
        step = self._step()
        bot = self.state.members[self._core.world.application.id]
        members.update(step, self.state, bot, **fields)
        self._core.commit(step)

    def _step(self) -> Step:
        return self._core.step(self.state.guild.owner_id)

    def _known(self, name: str) -> str | None:
        users = self._core.world.users
        for user_id in self.state.members:
            if name in (user_id, users[user_id].username):
                return user_id
        return None

    def _person(self, step: Step, name: str, *, bot: bool) -> User:
        """Somebody of this name from another guild is the same person here."""
        for user in self._core.world.users.values():
            if user.username == name and user.bot == bot and not user.webhook:
                return user
        return User(id=step.new_id(), username=name, bot=bot)

    def _hand_over(self, owner_id: str) -> None:
        """The placeholder a guild begins with goes when somebody takes its place."""
        before = self.state.guild.owner_id
        step = self._step()
        guilds.update(step, self.state, owner_id=owner_id)
        if self._core.world.users[before].username == PLACEHOLDER and before != owner_id:
            step.remove(self.state.members[before])
        self._core.commit(step)


PLACEHOLDER = "owner"
HOUR = 3600.0


def begin_guild(core: Core, name: str, bot_permissions: int) -> GuildHandle:
    step = core.step()
    owner = User(id=step.new_id(), username=PLACEHOLDER)
    step.put(owner)
    guild = guilds.create(step, name, owner, bot_permissions)
    guilds.announce(step, guild, joined=True)
    core.commit(step)
    return GuildHandle(core, guild.id)


def find_channel_in_categories(state: GuildState, name: str) -> str:
    for channel in state.channels.values():
        if channel.type == ChannelType.CATEGORY and name in (channel.id, channel.name):
            return channel.id
    return find_channel(state, name).id
