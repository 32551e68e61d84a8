"""The application as its developer set it up, what people allow it, and its voice connections."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from pydantic import BaseModel, Field

from fakecord.control.operation import Ask, Operation, Request
from fakecord.control.people import member_of
from fakecord.control.people_forms import InGuild
from fakecord.oauth2.tokens import secret_of


class Setup(Ask):
    redirect_uris: list[str] | None = Field(
        default=None, description="Where OAuth2 may send people, to the letter"
    )
    public_client: bool | None = Field(
        default=None, description="Whether it may do without its secret, with PKCE"
    )
    shards: int | None = Field(default=None, ge=1, description="How many are recommended to it")


class SetupShown(BaseModel):
    client_id: str
    client_secret: str
    redirect_uris: list[str]
    public_client: bool
    shards: int


class Authorize(InGuild):
    url: str = Field(description="Of the authorization page, with its query")
    allow: bool = True


class Sent(BaseModel):
    location: str = Field(description="Where they are sent; empty if nowhere")


class VoiceAction(Ask):
    action: Literal["close", "abort", "silent", "dave", "lose_discovery"]
    code: int = Field(default=4014, description="close: after 4015 the session can be resumed")
    on: bool = Field(
        default=True, description="silent: say nothing by UDP; dave: require it of clients"
    )
    times: int = Field(default=1, ge=0, description="lose_discovery: how many have no answer")


class CallShown(BaseModel):
    guild_id: str
    channel_id: str
    ssrc: int
    connected: bool
    dave: int
    speaking: int
    packets: int = Field(description="Of sound, arrived here")


class VoiceShown(BaseModel):
    sessions: list[CallShown]
    silent: bool
    requires_dave: bool


async def get_setup(request: Request) -> SetupShown:
    application = request.core.world.application
    return SetupShown(
        client_id=application.id,
        client_secret=secret_of(application),
        redirect_uris=list(application.redirect_uris),
        public_client=application.public_client,
        shards=application.shards,
    )


async def set_up(request: Request) -> SetupShown:
    given = request.body.model_dump(exclude_none=True)
    if "redirect_uris" in given:
        given["redirect_uris"] = tuple(given["redirect_uris"])
    step = request.core.step()
    step.put(replace(request.core.world.application, **given))
    request.core.commit(step)
    return await get_setup(request)


async def authorize(request: Request) -> Sent:
    body: Authorize = request.body
    return Sent(location=await member_of(request).authorizes(body.url, allow=body.allow))


async def get_voice(request: Request) -> VoiceShown:
    voice = request.core.voice
    sessions = [
        CallShown(
            guild_id=each.call.guild_id,
            channel_id=each.call.channel_id,
            ssrc=each.ssrc,
            connected=each in voice.connected,
            dave=each.dave,
            speaking=each.speaking,
            packets=each.packets,
        )
        for each in voice.sessions
    ]
    return VoiceShown(sessions=sessions, silent=voice.silent, requires_dave=voice.requires_dave)


async def disturb_voice(request: Request) -> VoiceShown:
    voice = request.core.voice
    body: VoiceAction = request.body
    match body.action:
        case "close":
            await voice.close(body.code)
        case "abort":
            await voice.abort()
        case "silent":
            voice.silent = body.on
        case "dave":
            voice.requires_dave = body.on
        case "lose_discovery":
            voice.lost_discoveries = body.times
    return await get_voice(request)


operations = [
    Operation("GET", "/application", get_setup, "How it is set up", answer=SetupShown),
    Operation("PATCH", "/application", set_up, "Set it up", Setup, SetupShown),
    Operation(
        "POST", "/members/{member}/authorize", authorize, "Answer an authorization page", Authorize, Sent
    ),
    Operation("GET", "/voice", get_voice, "The bot's voice connections", answer=VoiceShown),
    Operation("POST", "/voice", disturb_voice, "Disturb voice", VoiceAction, VoiceShown),
]  # fmt: skip
