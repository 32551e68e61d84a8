"""Stages that are live, and who speaks on them.

https://docs.discord.com/developers/resources/stage-instance
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from pydantic import Field

from fakecord import happening_payloads
from fakecord.entities import Channel, ChannelType, Json, VoiceState
from fakecord.errors import Refusal
from fakecord.guild_entities import StageInstance
from fakecord.permissions import Permission
from fakecord.rest.call import Call, Route
from fakecord.rest.forms import Form, Id
from fakecord.rules import voice
from fakecord.world import GuildState

CREATE, UPDATE, DELETE = 83, 84, 85
MODERATES = (Permission.MANAGE_CHANNELS, Permission.MUTE_MEMBERS, Permission.MOVE_MEMBERS)


class StartForm(Form):
    channel_id: Id
    topic: str = Field(min_length=1, max_length=120)
    privacy_level: Literal[2] | None = None
    send_start_notification: bool | None = None
    guild_scheduled_event_id: Id | None = None


class EditForm(Form):
    topic: str | None = Field(default=None, min_length=1, max_length=120)
    privacy_level: Literal[2] | None = None


class VoiceForm(Form):
    channel_id: Id | None = None
    suppress: bool | None = None
    request_to_speak_timestamp: str | None = None
    """Documented for the bot's own state, and sent by discord.py for others', too."""


def start(call: Call, body: StartForm) -> Json:
    channel = call.world.channel(body.channel_id)
    if channel is None:
        raise Refusal(10003)
    state = call.state(channel.guild_id)
    if channel.type != ChannelType.STAGE:
        raise Refusal(50024)
    call.need(channel, *MODERATES)
    if channel.id in state.stage_instances:
        raise Refusal(150006)
    instance = StageInstance(
        id=call.step.new_id(),
        guild_id=channel.guild_id,
        channel_id=channel.id,
        topic=body.topic,
        scheduled_event_id=body.guild_scheduled_event_id,
    )
    call.step.put(instance)
    return _told(call, "STAGE_INSTANCE_CREATE", instance, CREATE)


def get_stage(call: Call) -> Json:
    return happening_payloads.stage_instance(_stage(call))


def modify_stage(call: Call, body: EditForm) -> Json:
    stage = _stage(call)
    call.need(call.parent(), *MODERATES)
    changed = replace(stage, topic=body.topic or stage.topic)
    call.step.put(changed)
    return _told(call, "STAGE_INSTANCE_UPDATE", changed, UPDATE)


def end(call: Call) -> None:
    stage = _stage(call)
    call.need(call.parent(), *MODERATES)
    call.step.remove(stage)
    _told(call, "STAGE_INSTANCE_DELETE", stage, DELETE)


def modify_own_voice(call: Call, body: VoiceForm) -> None:
    """The bot steps onto the stage or off it; asking for it is not kept."""
    state = call.state()
    own = _seated(state, call.bot_id)
    channel = _on_stage(state, own, body)
    if body.suppress is False:
        call.need(channel, Permission.MUTE_MEMBERS)
    if body.request_to_speak_timestamp is not None:
        call.need(channel, Permission.REQUEST_TO_SPEAK)
    if body.suppress is not None:
        voice.change(call.step, state, call.bot_id, suppress=body.suppress)


def modify_voice(call: Call, body: VoiceForm) -> None:
    state = call.state()
    seated = _seated(state, call.args["user_id"])
    call.need(_on_stage(state, seated, body), Permission.MUTE_MEMBERS)
    if body.suppress is not None:
        voice.change(call.step, state, seated.user_id, suppress=body.suppress)


def _seated(state: GuildState, user_id: str) -> VoiceState:
    found = state.voice_states.get(user_id)
    if found is None:
        raise Refusal(10065)
    return found


def _on_stage(state: GuildState, seated: VoiceState, body: VoiceForm) -> Channel:
    channel = state.channels[seated.channel_id or ""]
    if channel.type != ChannelType.STAGE or body.channel_id not in (None, channel.id):
        raise Refusal(50024)
    return channel


def _stage(call: Call) -> StageInstance:
    channel = call.parent()
    found = call.state(channel.guild_id).stage_instances.get(channel.id)
    if found is None:
        raise Refusal(10067)
    return found


def _told(call: Call, name: str, stage: StageInstance, action: int) -> Json:
    data = happening_payloads.stage_instance(stage)
    channel = call.world.channel(stage.channel_id)
    call.step.emit(name, data, stage.guild_id, channel)
    options = {"channel_id": stage.channel_id}
    call.step.audit(stage.guild_id, action, stage.id, options=options)
    return data


routes = [
    Route("POST", "/stage-instances", start, StartForm),
    Route("GET", "/stage-instances/{channel_id}", get_stage),
    Route("PATCH", "/stage-instances/{channel_id}", modify_stage, EditForm),
    Route("DELETE", "/stage-instances/{channel_id}", end),
    Route("PATCH", "/guilds/{guild_id}/voice-states/@me", modify_own_voice, VoiceForm),
    Route("PATCH", "/guilds/{guild_id}/voice-states/{user_id}", modify_voice, VoiceForm),
]
