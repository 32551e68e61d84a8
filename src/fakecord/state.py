"""The world in and out as JSON, and in words."""

from __future__ import annotations

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
    User,
    VoiceState,
)
from fakecord.transcript import lines
from fakecord.world import GuildState, Put, World

FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedGuild(Guild):
    roles: list[Role] = field(default_factory=list)
    channels: list[Channel] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    voice_states: list[VoiceState] = field(default_factory=list)
    audit_log: list[AuditEntry] = field(default_factory=list)


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


def restore(core: Core, exported: Json) -> None:
    """Put an exported world in place of the present one."""
    try:
        taken = _adapter().validate_python(exported)
    except ValidationError as error:
        raise StateError(f"no exported world of fakecord: {error}") from error
    if taken.format != FORMAT:
        raise StateError(f"a world of format {taken.format}; this fakecord reads {FORMAT}")
    world = World(taken.application)
    world.apply(Put(entity) for entity in _entities(taken))
    world.version = max(core.world.version, taken.version) + 1
    core.ids.sequence = max(core.ids.sequence, taken.sequence)
    core.world = world
    core.gateway.forget_all()
    core.pulse.beat("STATE")


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
    )


def _guild(state: GuildState) -> ExportedGuild:
    return ExportedGuild(
        **asdict(state.guild),
        roles=list(state.roles.values()),
        channels=list(state.channels.values()),
        members=list(state.members.values()),
        voice_states=list(state.voice_states.values()),
        audit_log=list(state.audit_log.values()),
    )


def _entities(taken: Exported) -> Iterator[Any]:
    yield from taken.users
    for guild in taken.guilds:
        own = {name: getattr(guild, name) for name in Guild.__dataclass_fields__}
        yield Guild(**own)
        yield from guild.roles
        yield from guild.channels
        yield from guild.members
        yield from guild.voice_states
        yield from guild.audit_log
    yield from taken.direct_channels
    yield from taken.messages
    yield from taken.commands
    yield from taken.interactions


def _described(core: Core) -> Iterator[str]:
    world = core.world
    yield f"sessions connected: {len(core.gateway.connected)}"
    for state in world.guilds.values():
        yield f"guild {state.guild.name}{' (unavailable)' if state.guild.unavailable else ''}"
        for channel in state.channels.values():
            kind = ChannelType(channel.type).name.lower()
            seated = ", ".join(world.users[v.user_id].username for v in world.occupants(channel))
            yield f"  {kind} {channel.name}{f': {seated}' if seated else ''}"
            for message in world.messages.get(channel.id, {}).values():
                yield from (f"    {line}" for line in lines(world, message))
    for direct in world.direct_channels.values():
        yield f"direct messages with {world.users[direct.recipient_id].username}"
        for message in world.messages.get(direct.id, {}).values():
            yield from (f"    {line}" for line in lines(world, message))
    recent = list(core.requests)[-15:]
    yield "last requests:" if recent else "no requests"
    for request in recent:
        yield f"  {request}"
