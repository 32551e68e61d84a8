"""A request on its way through the rules, and the questions every handler asks first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import TypeAdapter

from fakecord import permissions
from fakecord.entities import Channel, DirectChannel, Json, Member, Message, Role, Thread
from fakecord.errors import Refusal, invalid
from fakecord.limits import Limits
from fakecord.oauth2_entities import Grant
from fakecord.permissions import Permission
from fakecord.step import Step
from fakecord.world import GuildState, World

Answer = Json | list[Json] | None


@dataclass(frozen=True)
class Route:
    """One line of the route table; a handler answers None for 204."""

    method: str
    path: str
    handler: Callable[..., Answer]
    body: Any = None
    status: int = 200
    token: bool = True
    """Whether the bot's token is asked for; interaction tokens speak for themselves."""
    limited: bool = True
    form: bool = False
    """Whether its body is a form, and only that."""
    bearer: Callable[[Call], Answer] | None = None
    """What answers a person's token instead of the bot's."""

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:
        return TypeAdapter(self.body)

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Call:
    step: Step
    args: Mapping[str, str]
    query: Mapping[str, str]
    limits: Limits
    gateway_url: str
    commit: Callable[[Step], None]
    """What a handler has asked for so far happens now, so that it can go on from there.

    For a request of several parts, and only after all that may be refused has been asked.
    """
    grant: Grant | None = None
    """What a person has allowed, with whose token this was asked."""

    @property
    def world(self) -> World:
        return self.step.world

    @property
    def bot_id(self) -> str:
        return self.world.application.id

    def granted(self, scope: str | None = None) -> Grant:
        """The grant this was asked with: 50026 unless it has that *scope*."""
        assert self.grant is not None
        if scope is not None and scope not in self.grant.scopes:
            raise Refusal(50026)
        return self.grant

    def state(self, guild_id: str | None = None) -> GuildState:
        """The guild of the path: 10004, or 50001 where the bot is not a member."""
        state = self.world.guilds.get(guild_id or self.args["guild_id"])
        if state is None:
            raise Refusal(10004)
        if self.bot_id not in state.members:
            raise Refusal(50001)
        return state

    def me(self, state: GuildState) -> Member:
        return state.members[self.bot_id]

    def channel(self) -> Channel:
        """The guild channel of the path, seen by the bot: 10003, 50001, 50003 for a DM."""
        place = self.place()
        if isinstance(place, DirectChannel):
            raise Refusal(50003)
        return place

    def thread(self) -> Thread:
        """The thread of the path, seen by the bot; 50024 for any other channel."""
        channel = self.channel()
        if not isinstance(channel, Thread):
            raise Refusal(50024)
        return channel

    def parent(self) -> Channel:
        """The channel of the path, which is no thread."""
        channel = self.channel()
        if isinstance(channel, Thread):
            raise Refusal(50024)
        return channel

    def place(self) -> Channel | DirectChannel:
        channel_id = self.args["channel_id"]
        direct = self.world.direct_channels.get(channel_id)
        if direct is not None:
            return direct
        channel = self.world.channel(channel_id)
        if channel is None:
            raise Refusal(10003)
        if not self.bits(channel) & Permission.VIEW_CHANNEL:
            raise Refusal(50001)
        return channel

    def bits(self, where: Channel | GuildState) -> int:
        if isinstance(where, Channel):
            return self.step.permissions(self.bot_id, where)
        return permissions.in_guild(where, self.me(where), self.step.now)

    def need(self, where: Channel | GuildState, *needed: Permission) -> None:
        """50013 unless the bot has all of *needed* there."""
        bits = self.bits(where)
        if any(not bits & each for each in needed):
            raise Refusal(50013)

    def member(self, state: GuildState) -> Member:
        user_id = self.args["user_id"]
        member = state.members.get(self.bot_id if user_id == "@me" else user_id)
        if member is None:
            raise Refusal(10007 if user_id in self.world.users else 10013)
        return member

    def role(self, state: GuildState) -> Role:
        role = state.roles.get(self.args["role_id"])
        if role is None:
            raise Refusal(10011)
        return role

    def message(self, place: Channel | DirectChannel) -> Message:
        """One of those the bot can find again: ephemeral ones live by their token only."""
        message = self.world.message(place.id, self.args["message_id"])
        if message is None or message.only_for:
            raise Refusal(10008)
        return message

    def flag(self, name: str) -> bool:
        return self.query.get(name, "").lower() in ("1", "true")

    def number(self, name: str, default: int, least: int, most: int) -> int:
        text = self.query.get(name)
        if text is None:
            return default
        if not text.isdecimal() or not least <= int(text) <= most:
            raise invalid(name, "NUMBER_TYPE_MAX", f"int value should be {least} to {most}.")
        return int(text)
