"""The state: everything this Discord knows. Only `apply` changes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from fakecord.entities import (
    Application,
    AuditEntry,
    Channel,
    Command,
    DirectChannel,
    Entity,
    Guild,
    Interaction,
    Member,
    Message,
    Role,
    User,
    VoiceState,
)


@dataclass(slots=True)
class GuildState:
    guild: Guild
    roles: dict[str, Role] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    voice_states: dict[str, VoiceState] = field(default_factory=dict)
    audit_log: dict[str, AuditEntry] = field(default_factory=dict)


class Put(NamedTuple):
    entity: Entity


class Remove(NamedTuple):
    entity: Entity


Change = Put | Remove


class World:
    """Tables of frozen entities, and the indexes they are found by."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.users: dict[str, User] = {}
        self.guilds: dict[str, GuildState] = {}
        self.guild_of_channel: dict[str, str] = {}
        self.direct_channels: dict[str, DirectChannel] = {}
        self.messages: dict[str, dict[str, Message]] = {}
        self.commands: dict[str, Command] = {}
        self.interactions: dict[str, Interaction] = {}
        self.interaction_of_token: dict[str, str] = {}
        self.version = 0

    @property
    def bot(self) -> User:
        return self.users[self.application.id]

    def apply(self, changes: Iterable[Change]) -> None:
        for change in changes:
            match change:
                case Put(entity):
                    self._put(entity)
                case Remove(entity):
                    self._remove(entity)
        self.version += 1

    def channel(self, channel_id: str) -> Channel | None:
        guild_id = self.guild_of_channel.get(channel_id)
        return self.guilds[guild_id].channels.get(channel_id) if guild_id else None

    def message(self, channel_id: str, message_id: str) -> Message | None:
        return self.messages.get(channel_id, {}).get(message_id)

    def interaction(self, token: str) -> Interaction | None:
        return self.interactions.get(self.interaction_of_token.get(token, ""))

    def direct_channel_with(self, user_id: str) -> DirectChannel | None:
        return next(
            (dm for dm in self.direct_channels.values() if dm.recipient_id == user_id), None
        )

    def occupants(self, channel: Channel) -> list[VoiceState]:
        states = self.guilds[channel.guild_id].voice_states.values()
        return [state for state in states if state.channel_id == channel.id]

    def commands_for(self, guild_id: str | None) -> Iterator[Command]:
        return (command for command in self.commands.values() if command.guild_id == guild_id)

    def _put(self, entity: Entity) -> None:
        match entity:
            case Application():
                self.application = entity
            case Guild():
                if entity.id in self.guilds:
                    self.guilds[entity.id].guild = entity
                else:
                    self.guilds[entity.id] = GuildState(entity)
            case _:
                self._table(entity)[_key(entity)] = entity
                self._index(entity)

    def _index(self, entity: Entity) -> None:
        if isinstance(entity, Channel):
            self.guild_of_channel[entity.id] = entity.guild_id
        elif isinstance(entity, Interaction):
            self.interaction_of_token[entity.token] = entity.id

    def _remove(self, entity: Entity) -> None:
        match entity:
            case Guild():
                for channel_id in self.guilds.pop(entity.id).channels:
                    self.guild_of_channel.pop(channel_id, None)
                    self.messages.pop(channel_id, None)
            case _:
                self._table(entity).pop(_key(entity), None)
        if isinstance(entity, Channel):
            self.guild_of_channel.pop(entity.id, None)
            self.messages.pop(entity.id, None)

    def _table(self, entity: Entity) -> dict[str, Any]:
        match entity:
            case User():
                return self.users
            case DirectChannel():
                return self.direct_channels
            case Command():
                return self.commands
            case Interaction():
                return self.interactions
            case Message():
                return self.messages.setdefault(entity.channel_id, {})
            case Role():
                return self.guilds[entity.guild_id].roles
            case Channel():
                return self.guilds[entity.guild_id].channels
            case Member():
                return self.guilds[entity.guild_id].members
            case VoiceState():
                return self.guilds[entity.guild_id].voice_states
            case AuditEntry():
                return self.guilds[entity.guild_id].audit_log
            case _:
                raise TypeError(f"{type(entity).__name__} has no table")


def _key(entity: Entity) -> str:
    return entity.user_id if isinstance(entity, Member | VoiceState) else entity.id
