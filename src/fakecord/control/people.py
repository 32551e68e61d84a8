"""People act."""

from __future__ import annotations

from pydantic import BaseModel, Field

from fakecord.control.operation import Operation, Problem, Request
from fakecord.control.people_forms import (
    Click,
    Complete,
    InGuild,
    Pick,
    Run,
    Seat,
    Submit,
    Switch,
    Type,
)
from fakecord.entities import Channel, Json, Thread
from fakecord.people import commands
from fakecord.people.lookup import PeopleError
from fakecord.people.member import Member
from fakecord.people.views import InteractionView, message_json
from fakecord.permissions import Permission, to_write


class Answered(BaseModel):
    interaction_id: str
    acknowledged: bool
    finished: bool = Field(description='Answered, and no longer "is thinking…"')
    reply: Json | None
    follow_ups: list[Json]
    modal: Json | None
    choices: list[Json] | None


class Seated(BaseModel):
    voice: Json | None


async def join(request: Request) -> Seated:
    member = member_of(request)
    await member.joins(request.body.channel)
    return _seated(member)


async def leave(request: Request) -> Seated:
    member = member_of(request)
    await member.leaves()
    return _seated(member)


async def move(request: Request) -> Seated:
    member = member_of(request)
    await member.moves(request.body.channel)
    return _seated(member)


async def mute(request: Request) -> Seated:
    member = member_of(request)
    await member.mutes(request.body.on)
    return _seated(member)


async def deafen(request: Request) -> Seated:
    member = member_of(request)
    await member.deafens(request.body.on)
    return _seated(member)


async def stream(request: Request) -> Seated:
    member = member_of(request)
    await member.streams(request.body.on)
    return _seated(member)


async def quit_guild(request: Request) -> None:
    await member_of(request).quits()


async def run(request: Request) -> Answered:
    body: Run = request.body
    view = await member_of(request).runs(body.command, body.options, channel=body.channel)
    return await _answer(request, view, body.wait)


async def complete(request: Request) -> Json:
    body: Complete = request.body
    member = member_of(request)
    choices = await member.completes(
        body.command, body.option, body.text, body.options, channel=body.channel
    )
    return {"choices": choices}


async def click(request: Request) -> Answered:
    body: Click = request.body
    view = await member_of(request).clicks(body.button, message=body.message, channel=body.channel)
    return await _answer(request, view, body.wait)


async def pick(request: Request) -> Answered:
    body: Pick = request.body
    view = await member_of(request).picks(
        *body.values, of=body.of, message=body.message, channel=body.channel
    )
    return await _answer(request, view, body.wait)


async def submit(request: Request) -> Answered:
    body: Submit = request.body
    view = await member_of(request).submits(_view(request, body.interaction_id), body.fields)
    return await _answer(request, view, body.wait)


async def type_text(request: Request) -> Json:
    body: Type = request.body
    return message_json(await member_of(request).types(body.text, channel=body.channel))


async def get_interaction(request: Request) -> Answered:
    view = _view(request, request.args["interaction"])
    return Answered(**view.as_json())


async def list_messages(request: Request) -> list[Json]:
    member = member_of(request)
    return [message_json(each) for each in member.messages(request.query.get("channel"))]


async def list_direct_messages(request: Request) -> list[Json]:
    return [message_json(each) for each in member_of(request).direct_messages()]


async def list_commands(request: Request) -> list[Json]:
    """With their options, so that a page can offer them."""
    member = member_of(request)
    state = request.core.world.guilds[member.guild_id]
    offered = commands.allowed(request.core, state, member.id)
    return [
        {
            "id": command.id,
            "name": command.name,
            **command.definition,
            "paths": commands.names(command),
        }
        for command in offered
    ]


async def list_channels(request: Request) -> list[Json]:
    """Those they see, threads too, and what they may do in them."""
    member = member_of(request)
    state = request.core.world.guilds[member.guild_id]
    seen: list[Json] = []
    for channel in (*state.channels.values(), *state.threads.values()):
        bits = request.core.step().permissions(member.id, channel)
        if bits & Permission.VIEW_CHANNEL:
            seen.append(_channel(request, channel, bits, member.id))
    return seen


def _channel(request: Request, channel: Channel, bits: int, user_id: str) -> Json:
    occupants = [each.user_id for each in request.core.world.occupants(channel)]
    shown: Json = {
        "id": channel.id,
        "name": channel.name,
        "type": int(channel.type),
        "parent_id": channel.parent_id,
        "position": channel.position,
        "user_limit": channel.user_limit,
        "topic": channel.topic,
        "slow_mode": channel.rate_limit_per_user,
        "status": channel.status,
        "occupants": occupants,
        "may_connect": channel.vocal and bool(bits & Permission.CONNECT),
        "may_write": bool(bits & to_write(channel)),
        "may_manage": bool(bits & Permission.MANAGE_CHANNELS),
        "may_thread": bool(bits & Permission.CREATE_PUBLIC_THREADS),
    }
    if isinstance(channel, Thread):
        joined = channel.member(user_id) is not None
        shown |= {"archived": channel.archived, "locked": channel.locked, "joined": joined}
    return shown


def member_of(request: Request) -> Member:
    """By name or id; the guild may be left out where it is clear."""
    core, wanted = request.core, request.args["member"]
    guild_id = getattr(request.body, "guild_id", None) or request.query.get("guild_id")
    found = [
        Member(core, state.guild.id, user_id)
        for state in core.world.guilds.values()
        if guild_id in (None, state.guild.id, state.guild.name)
        for user_id in state.members
        if wanted in (user_id, core.world.users[user_id].username)
    ]
    if not found:
        where = f" in the guild {guild_id}" if guild_id else ""
        raise Problem(404, "no_such_member", f'there is no member "{wanted}"{where}')
    if len(found) > 1:
        raise PeopleError(f"{wanted} is a member of {len(found)} guilds; give guild_id")
    return found[0]


def _view(request: Request, interaction_id: str) -> InteractionView:
    found = request.core.world.interactions.get(interaction_id)
    if found is None:
        raise Problem(404, "no_such_interaction", f"there is no interaction {interaction_id}")
    return InteractionView(request.core, found)


async def _answer(request: Request, view: InteractionView, wait: float) -> Answered:
    await request.core.pulse.until(lambda: view.finished, wait)
    return Answered(**view.as_json())


def _seated(member: Member) -> Seated:
    voice = member.voice
    if voice is None:
        return Seated(voice=None)
    return Seated(
        voice={
            "channel_id": voice.channel_id,
            "channel": member.voice_channel,
            "self_mute": voice.self_mute,
            "self_deaf": voice.self_deaf,
            "self_stream": voice.self_stream,
            "mute": voice.mute,
            "deaf": voice.deaf,
        }
    )


_M = "/members/{member}"
_GUILD = {"guild_id": "Needed where they are in several guilds"}
_CHANNEL = {"channel": "Name or id; else the first text channel they see"}
operations = [
    Operation("POST", _M + "/join", join, "Sit down in a voice channel", Seat, Seated),
    Operation("POST", _M + "/leave", leave, "Leave voice", InGuild, Seated),
    Operation("POST", _M + "/move", move, "Change the voice channel", Seat, Seated),
    Operation("POST", _M + "/mute", mute, "Mute oneself, or not", Switch, Seated),
    Operation("POST", _M + "/deafen", deafen, "Deafen oneself, or not", Switch, Seated),
    Operation("POST", _M + "/stream", stream, "Share one's screen, or not", Switch, Seated),
    Operation("POST", _M + "/quit", quit_guild, "Leave the guild", InGuild, None),
    Operation("POST", _M + "/run", run, "Run a slash command", Run, Answered),
    Operation("POST", _M + "/complete", complete, "What autocomplete offers", Complete),
    Operation("POST", _M + "/click", click, "Click a button", Click, Answered),
    Operation("POST", _M + "/pick", pick, "Pick from a select", Pick, Answered),
    Operation("POST", _M + "/submit", submit, "Fill in and send a modal", Submit, Answered),
    Operation("POST", _M + "/type", type_text, "Say something", Type),
    Operation(
        "GET", _M + "/messages", list_messages, "What they read in a channel", answer=list[Json],
        query=_GUILD | _CHANNEL,
    ),
    Operation(
        "GET", _M + "/direct-messages", list_direct_messages, "What the bot told them in private",
        answer=list[Json], query=_GUILD,
    ),
    Operation(
        "GET", _M + "/commands", list_commands, "The slash commands offered to them",
        answer=list[Json], query=_GUILD,
    ),
    Operation(
        "GET", _M + "/channels", list_channels, "The channels they see", answer=list[Json], query=_GUILD
    ),
    Operation(
        "GET", "/interactions/{interaction}", get_interaction, "What became of it", answer=Answered
    ),
]  # fmt: skip
