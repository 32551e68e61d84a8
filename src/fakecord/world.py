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
    Thread,
    User,
    VoiceCall,
    VoiceState,
)
from fakecord.guild_entities import Ban, Invite, ScheduledEvent, StageInstance, Webhook
from fakecord.oauth2_entities import AuthorizationCode, Grant


@dataclass(slots=True)
class GuildState:
    guild: Guild
    roles: dict[str, Role] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    voice_states: dict[str, VoiceState] = field(default_factory=dict)
    audit_log: dict[str, AuditEntry] = field(default_factory=dict)
    threads: dict[str, Thread] = field(default_factory=dict)
    bans: dict[str, Ban] = field(default_factory=dict)
    webhooks: dict[str, Webhook] = field(default_factory=dict)
    scheduled_events: dict[str, ScheduledEvent] = field(default_factory=dict)
    invites: dict[str, Invite] = field(default_factory=dict)
    stage_instances: dict[str, StageInstance] = field(default_factory=dict)


TABLES: dict[type, str] = {
    Role: "roles",
    Channel: "channels",
    Thread: "threads",
    Member: "members",
    VoiceState: "voice_states",
    AuditEntry: "audit_log",
    Ban: "bans",
    Webhook: "webhooks",
    ScheduledEvent: "scheduled_events",
    Invite: "invites",
    StageInstance: "stage_instances",
}
"""Of a guild, by the exact type: a thread is a channel, too."""
OWN: dict[type, str] = {
    User: "users",
    DirectChannel: "direct_channels",
    Command: "commands",
    Interaction: "interactions",
    VoiceCall: "voice_calls",
    AuthorizationCode: "codes",
    Grant: "grants",
}
"""Of the world as a whole."""
KEYS: dict[type, str] = {
    Member: "user_id",
    VoiceState: "user_id",
    Ban: "user_id",
    Invite: "code",
    StageInstance: "channel_id",
    VoiceCall: "guild_id",
}
"""What an entity is found by, where it is not its id."""


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
        self.voice_calls: dict[str, VoiceCall] = {}
        self.codes: dict[str, AuthorizationCode] = {}
        self.grants: dict[str, Grant] = {}
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
        """Threads are channels, too."""
        guild_id = self.guild_of_channel.get(channel_id)
        if guild_id is None:
            return None
        state = self.guilds[guild_id]
        return state.channels.get(channel_id) or state.threads.get(channel_id)

    def webhook(self, webhook_id: str) -> Webhook | None:
        found = (state.webhooks.get(webhook_id) for state in self.guilds.values())
        return next((each for each in found if each), None)

    def invite(self, code: str) -> Invite | None:
        found = (state.invites.get(code) for state in self.guilds.values())
        return next((each for each in found if each), None)

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
        if isinstance(entity, Application):
            self.application = entity
        elif isinstance(entity, Guild):
            if entity.id in self.guilds:
                self.guilds[entity.id].guild = entity
            else:
                self.guilds[entity.id] = GuildState(entity)
        else:
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
                gone = self.guilds.pop(entity.id)
                for channel_id in (*gone.channels, *gone.threads):
                    self.guild_of_channel.pop(channel_id, None)
                    self.messages.pop(channel_id, None)
            case _:
                self._table(entity).pop(_key(entity), None)
        if isinstance(entity, Channel):
            self.guild_of_channel.pop(entity.id, None)
            self.messages.pop(entity.id, None)

    def _table(self, entity: Entity) -> dict[str, Any]:
        kind = type(entity)
        if kind in TABLES:
            guild_id: str = getattr(entity, "guild_id")  # noqa: B009  (which of the union, the table says)
            return getattr(self.guilds[guild_id], TABLES[kind])  # type: ignore[no-any-return]
        if kind in OWN:
            return getattr(self, OWN[kind])  # type: ignore[no-any-return]
        if isinstance(entity, Message):
            return self.messages.setdefault(entity.channel_id, {})
        raise TypeError(f"{kind.__name__} has no table")


def _key(entity: Entity) -> str:
    key: str = getattr(entity, KEYS.get(type(entity), "id"))
    return key
