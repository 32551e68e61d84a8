"""State in and out, and guilds, channels, roles and people arranged by hand."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

from fakecord import permissions, state
from fakecord.control.operation import Ask, Operation, Problem, Request
from fakecord.entities import Channel, Json, Role
from fakecord.people.channel import ChannelHandle
from fakecord.people.guild import TYPES, GuildHandle, begin_guild
from fakecord.people.lookup import PeopleError
from fakecord.rules import roles
from fakecord.rules.guilds import DEFAULT_BOT_PERMISSIONS

Bits = Annotated[int, Field(ge=0, le=permissions.ALL, description="A number or a string of digits")]


class NewMember(Ask):
    name: str = Field(min_length=1, max_length=32)
    owner: bool = False
    roles: list[str] = Field(default_factory=list)
    bot: bool = False


class NewGuild(Ask):
    name: str = Field(min_length=1, max_length=100)
    members: list[NewMember] = Field(default_factory=list)
    bot_permissions: Bits = DEFAULT_BOT_PERMISSIONS


class NewChannel(Ask):
    name: str = Field(min_length=1, max_length=100)
    type: str = Field(default="text", description=", ".join(TYPES))
    category: str | None = None
    user_limit: int = Field(default=0, ge=0, le=99)


class ChannelEdit(Ask):
    name: str | None = Field(default=None, min_length=1, max_length=100)
    user_limit: int | None = Field(default=None, ge=0, le=99)


class NewRole(Ask):
    name: str = Field(min_length=1, max_length=100)
    permissions: Bits = 0


class RoleEdit(Ask):
    name: str | None = None
    permissions: Bits | None = None
    position: int | None = Field(default=None, ge=0)


class Bitmasks(Ask):
    allow: Bits = 0
    deny: Bits = 0


class Outage(Ask):
    on: bool
    stale: bool = Field(
        default=False, description="Once over, it comes back with the voice states of now"
    )


class Version(BaseModel):
    version: int


class GuildShown(BaseModel):
    id: str
    name: str
    owner_id: str
    channels: dict[str, str] = Field(description="Ids by name; without categories")
    members: dict[str, str] = Field(description="Ids by name")


class MemberShown(BaseModel):
    id: str
    name: str
    guild_id: str


async def get_state(request: Request) -> Json:
    """With `after`, the answer waits for a newer version, or says the same after `timeout`."""
    core = request.core
    after = request.number("after", -1)
    await core.pulse.until(lambda: core.world.version > after, request.number("timeout", 25))
    return state.export(core)


async def put_state(request: Request) -> Version:
    try:
        state.restore(request.core, request.body)
    except state.StateError as error:
        raise Problem(400, "bad_state", str(error)) from error
    await request.core.gateway.invalidate()
    return Version(version=request.core.world.version)


async def create_guild(request: Request) -> GuildShown:
    body: NewGuild = request.body
    guild = begin_guild(request.core, body.name, body.bot_permissions)
    for member in body.members:
        guild.member(member.name, owner=member.owner, roles=member.roles, bot=member.bot)
    return _shown(guild)


async def get_guild(request: Request) -> GuildShown:
    return _shown(guild_of(request))


async def create_member(request: Request) -> MemberShown:
    body: NewMember = request.body
    guild = guild_of(request)
    member = guild.member(body.name, owner=body.owner, roles=body.roles, bot=body.bot)
    return MemberShown(id=member.id, name=member.name, guild_id=guild.id)


async def create_channel(request: Request) -> Channel:
    body: NewChannel = request.body
    if body.type not in TYPES:
        raise Problem(400, "bad_body", f"type must be one of {', '.join(TYPES)}")
    made = guild_of(request).add_channel(
        body.name, body.type, category=body.category, user_limit=body.user_limit
    )
    return made.entity


async def edit_channel(request: Request) -> Channel:
    channel = channel_of(request)
    body: ChannelEdit = request.body
    await channel.edit(**body.model_dump(exclude_none=True))
    return channel.entity


async def delete_channel(request: Request) -> None:
    await channel_of(request).delete()


async def put_overwrite(request: Request) -> Channel:
    channel = channel_of(request)
    body: Bitmasks = request.body
    await channel.overwrite(request.args["target"], allow=body.allow, deny=body.deny)
    return channel.entity


async def create_role(request: Request) -> Role:
    body: NewRole = request.body
    return guild_of(request).role(body.name, body.permissions)


async def edit_role(request: Request) -> Role:
    guild = guild_of(request)
    wanted = request.args["role"]
    role = next((r for r in guild.state.roles.values() if wanted in (r.id, r.name)), None)
    if role is None:
        raise Problem(404, "no_such_role", f'there is no role "{wanted}" in {guild.name}')
    given: dict[str, Any] = request.body.model_dump(exclude_none=True)
    step = request.core.step(guild.state.guild.owner_id)
    changed = roles.update(step, role, **given)
    request.core.commit(step)
    return changed


async def set_outage(request: Request) -> GuildShown:
    guild = guild_of(request)
    body: Outage = request.body
    if body.on and body.stale:
        request.core.gateway.remember(guild.state)
    await guild.outage(body.on)
    return _shown(guild)


async def get_transcript(request: Request) -> Json:
    return {"transcript": channel_of(request).transcript()}


def guild_of(request: Request) -> GuildHandle:
    wanted = request.args["guild"]
    for guild_state in request.core.world.guilds.values():
        if wanted in (guild_state.guild.id, guild_state.guild.name):
            return GuildHandle(request.core, guild_state.guild.id)
    raise Problem(
        404, "no_such_guild", f'there is no guild "{wanted}"; GET /_control/state lists them'
    )


def channel_of(request: Request) -> ChannelHandle:
    """By id, or by name where only one guild has it."""
    wanted = request.args["channel"]
    guild_id = request.core.world.guild_of_channel.get(wanted)
    if guild_id is not None:
        return ChannelHandle(request.core, guild_id, wanted)
    found = [
        ChannelHandle(request.core, guild_id, channel.id)
        for guild_id, guild_state in request.core.world.guilds.items()
        for channel in guild_state.channels.values()
        if channel.name == wanted
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise PeopleError(f'there are {len(found)} channels "{wanted}"; name one by its id')
    raise Problem(404, "no_such_channel", f'there is no channel "{wanted}"')


def _shown(guild: GuildHandle) -> GuildShown:
    return GuildShown(
        id=guild.id,
        name=guild.name,
        owner_id=guild.state.guild.owner_id,
        channels={
            c.name: c.id for c in guild.state.channels.values() if c.type != TYPES["category"]
        },
        members={member.name: member.id for member in guild.members},
    )


_WAIT = {
    "after": "Wait until the version is greater than this",
    "timeout": "Seconds to wait, 25 if not given",
}
operations = [
    Operation("GET", "/state", get_state, "The whole world, enough to restore it", query=_WAIT),
    Operation("PUT", "/state", put_state, "Replace the world", Json, Version),
    Operation(
        "POST", "/guilds", create_guild, "A new guild with the bot in it", NewGuild, GuildShown
    ),
    Operation(
        "GET", "/guilds/{guild}", get_guild, "Ids of its channels and members", answer=GuildShown
    ),
    Operation(
        "POST",
        "/guilds/{guild}/members",
        create_member,
        "Somebody joins the guild",
        NewMember,
        MemberShown,
    ),
    Operation(
        "POST", "/guilds/{guild}/channels", create_channel, "A new channel", NewChannel, Channel
    ),
    Operation("POST", "/guilds/{guild}/roles", create_role, "A new role", NewRole, Role),
    Operation("PATCH", "/guilds/{guild}/roles/{role}", edit_role, "Change a role", RoleEdit, Role),
    Operation(
        "POST", "/guilds/{guild}/outage", set_outage, "An outage begins or ends", Outage, GuildShown
    ),
    Operation(
        "PATCH", "/channels/{channel}", edit_channel, "Edit it by hand", ChannelEdit, Channel
    ),
    Operation("DELETE", "/channels/{channel}", delete_channel, "The owner deletes it", answer=None),
    Operation(
        "PUT",
        "/channels/{channel}/overwrites/{target}",
        put_overwrite,
        "Allow and deny a role or member; both 0 removes it",
        Bitmasks,
        Channel,
    ),
    Operation("GET", "/channels/{channel}/transcript", get_transcript, "The channel as text"),
]
