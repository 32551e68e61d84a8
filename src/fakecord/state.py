"""The world in and out as JSON, and in words."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked

from fakecord.core import Core
from fakecord.entities import (
    Application,
    AuditEntry,
    Channel,
    ChannelType,
    Command,
    DirectChannel,
    Guild,
    Interaction,
    Json,
    Member,
    Message,
    Role,
    Thread,
    User,
    VoiceState,
)
from fakecord.guild_entities import Ban, Invite, ScheduledEvent, StageInstance, Webhook
from fakecord.oauth2_entities import AuthorizationCode, Grant
from fakecord.transcript import lines
from fakecord.world import TABLES, GuildState, Put, World

FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedGuild(Guild):
    roles: list[Role] = field(default_factory=list)
    channels: list[Channel] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    voice_states: list[VoiceState] = field(default_factory=list)
    audit_log: list[AuditEntry] = field(default_factory=list)
    threads: list[Thread] = field(default_factory=list)
    bans: list[Ban] = field(default_factory=list)
    webhooks: list[Webhook] = field(default_factory=list)
    scheduled_events: list[ScheduledEvent] = field(default_factory=list)
    invites: list[Invite] = field(default_factory=list)
    stage_instances: list[StageInstance] = field(default_factory=list)


@checked(config=ConfigDict(extra="ignore"), kw_only=True)
class Exported:
    """Everything needed to go on. `version`, `now` and `token` are told, not taken back."""

    format: int = FORMAT
    version: int = 0
    now: float = 0.0
    token: str = ""
    sequence: int
    application: Application
    users: list[User]
    guilds: list[ExportedGuild]
    direct_channels: list[DirectChannel]
    messages: list[Message]
    commands: list[Command]
    interactions: list[Interaction]
    codes: list[AuthorizationCode] = field(default_factory=list)
    grants: list[Grant] = field(default_factory=list)


@cache
def _adapter() -> TypeAdapter[Exported]:
    """Built when it is first needed: most tests never export."""
    return TypeAdapter(Exported)


class StateError(ValueError):
    """That JSON is no exported world."""


def export(core: Core) -> Json:
    """Members also carry their `name`, for whoever reads it."""
    world = core.world
    exported: Json = _adapter().dump_python(_exported(core), mode="json")
    for guild in exported["guilds"]:
        for member in guild["members"]:
            member["name"] = world.users[member["user_id"]].username
    return exported


def restore(core: Core, exported: Json | bytes) -> None:
    """Put an exported world, or its JSON, in place of the present one."""
    # What is made here stays: looking through millions of it again and again for garbage takes longer than making it.
    collecting = gc.isenabled()
    gc.disable()
    try:
        _restore(core, exported)
    finally:
        if collecting:
            gc.enable()


def _restore(core: Core, exported: Json | bytes) -> None:
    try:
        taken = _taken(exported)
    except ValidationError as error:
        raise StateError(f"no exported world of fakecord: {error}") from error
    if taken.format != FORMAT:
        raise StateError(f"a world of format {taken.format}; this fakecord reads {FORMAT}")
    world = World(taken.application)
    world.apply(Put(entity) for entity in _entities(taken))
    world.version = max(core.world.version, taken.version) + 1
    core.ids.sequence = max(core.ids.sequence, taken.sequence)
    core.world = world
    core.timetable.begin(world)
    core.gateway.forget_all()
    core.voice.settle(world)
    core.pulse.beat("STATE")


def _taken(exported: Json | bytes) -> Exported:
    if isinstance(exported, bytes):
        return _adapter().validate_json(exported)
    return _adapter().validate_python(exported)


def describe(core: Core) -> str:
    return "\n".join(_described(core))


def _exported(core: Core) -> Exported:
    world = core.world
    return Exported(
        version=world.version,
        now=core.now(),
        token=world.application.token,
        sequence=core.ids.sequence,
        application=world.application,
        users=list(world.users.values()),
        guilds=[_guild(state) for state in world.guilds.values()],
        direct_channels=list(world.direct_channels.values()),
        messages=[message for table in world.messages.values() for message in table.values()],
        commands=list(world.commands.values()),
        interactions=list(world.interactions.values()),
        codes=list(world.codes.values()),
        grants=list(world.grants.values()),
    )


def _guild(state: GuildState) -> ExportedGuild:
    tables: dict[str, Any] = {name: list(getattr(state, name).values()) for name in TABLES.values()}
    return ExportedGuild(**asdict(state.guild), **tables)


def _entities(taken: Exported) -> Iterator[Any]:
    yield from taken.users
    for guild in taken.guilds:
        own = {name: getattr(guild, name) for name in Guild.__dataclass_fields__}
        yield Guild(**own)
        for name in TABLES.values():
            yield from getattr(guild, name)
    yield from taken.direct_channels
    yield from taken.messages
    yield from taken.commands
    yield from taken.interactions
    yield from taken.codes
    yield from taken.grants


def _described(core: Core) -> Iterator[str]:
    world = core.world
    yield f"sessions connected: {len(core.gateway.connected)}"
    for state in world.guilds.values():
        yield f"guild {state.guild.name}{' (unavailable)' if state.guild.unavailable else ''}"
        for channel in state.channels.values():
            kind = ChannelType(channel.type).name.lower()
            seated = ", ".join(world.users[v.user_id].username for v in world.occupants(channel))
            yield f"  {kind} {channel.name}{f': {seated}' if seated else ''}"
            yield from _said(world, channel.id)
        for thread in state.threads.values():
            yield f"  thread {thread.name}{' (archived)' if thread.archived else ''}"
            yield from _said(world, thread.id)
    for direct in world.direct_channels.values():
        yield f"direct messages with {world.users[direct.recipient_id].username}"
        yield from _said(world, direct.id)
    recent = list(core.requests)[-15:]
    yield "last requests:" if recent else "no requests"
    for request in recent:
        yield f"  {request}"


def _said(world: World, channel_id: str) -> Iterator[str]:
    for message in world.messages.get(channel_id, {}).values():
        yield from (f"    {line}" for line in lines(world, message))
