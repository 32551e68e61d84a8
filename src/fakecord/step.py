"""One thing that happens: it reads the world and collects changes and events, and changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

from fakecord import permissions
from fakecord.entities import AuditEntry, Channel, Entity, Json
from fakecord.permissions import Permission
from fakecord.snowflake import Ids
from fakecord.world import Change, Put, Remove, World


@dataclass(frozen=True, slots=True)
class Event:
    """A dispatch of the gateway."""

    name: str
    data: Json
    guild_id: str | None = None
    hidden: bool = False
    """In a channel the bot cannot see: the world knows of it, the bot does not."""


@dataclass(slots=True)
class Step:
    """Everything a rule may read, and the changes and events it answers with.

    Reads see the world as it was before the step: a rule that needs its own changes keeps them.
    """

    world: World
    now: float
    ids: Ids
    actor_id: str
    reason: str | None = None
    changes: list[Change] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def new_id(self) -> str:
        return self.ids.next(self.now)

    def put(self, *entities: Entity) -> None:
        self.changes.extend(Put(entity) for entity in entities)

    def remove(self, entity: Entity) -> None:
        self.changes.append(Remove(entity))

    def drain(self) -> tuple[list[Change], list[Event]]:
        """What was collected; nothing is left."""
        collected = self.changes, self.events
        self.changes, self.events = [], []
        return collected

    def emit(
        self, name: str, data: Json, guild_id: str | None = None, channel: Channel | None = None
    ) -> None:
        """*channel* says where it happens: the bot only learns of it if it may view that."""
        hidden = channel is not None and not self.bot_sees(channel)
        self.events.append(Event(name, data, guild_id, hidden))

    def bot_sees(self, channel: Channel) -> bool:
        bits = self.permissions(self.world.application.id, channel)
        return bool(bits & Permission.VIEW_CHANNEL)

    def permissions(self, user_id: str, channel: Channel) -> int:
        """What *user_id* may do in *channel*; nothing for somebody who is not in its guild."""
        state = self.world.guilds[channel.guild_id]
        member = state.members.get(user_id)
        return permissions.in_channel(state, member, channel, self.now) if member else 0

    def audit(
        self,
        guild_id: str,
        action_type: int,
        target_id: str | None,
        changes: list[Json] | None = None,
        options: Json | None = None,
    ) -> None:
        entry = AuditEntry(
            id=self.new_id(),
            guild_id=guild_id,
            action_type=action_type,
            user_id=self.actor_id,
            target_id=target_id,
            reason=self.reason,
            changes=changes or [],
            options=options,
        )
        self.put(entry)
        data = audit_payload(entry) | {"guild_id": guild_id}
        hidden = not self.bot_permissions(guild_id) & Permission.VIEW_AUDIT_LOG
        self.events.append(Event("GUILD_AUDIT_LOG_ENTRY_CREATE", data, guild_id, hidden))

    def bot_permissions(self, guild_id: str) -> int:
        """In the guild as a whole."""
        state = self.world.guilds[guild_id]
        bot = state.members.get(self.world.application.id)
        return permissions.in_guild(state, bot, self.now) if bot else 0


def audit_payload(entry: AuditEntry) -> Json:
    payload: Json = {
        "id": entry.id,
        "user_id": entry.user_id,
        "target_id": entry.target_id,
        "action_type": entry.action_type,
        "changes": entry.changes,
    }
    if entry.reason is not None:
        payload["reason"] = entry.reason
    if entry.options is not None:
        payload["options"] = entry.options
    return payload
