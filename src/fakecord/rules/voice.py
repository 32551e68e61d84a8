"""Voice: who sits where."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from fakecord import payloads
from fakecord.entities import Channel, Json, VoiceCall, VoiceState
from fakecord.step import Step
from fakecord.world import GuildState


def join(step: Step, state: GuildState, user_id: str, channel: Channel, **flags: Any) -> VoiceState:
    """Sit down in *channel*, coming from nowhere or from another channel of the guild."""
    before = state.voice_states.get(user_id)
    if before is None:
        after = VoiceState(
            guild_id=state.guild.id,
            user_id=user_id,
            channel_id=channel.id,
            **{"session_id": _secret(step, user_id)} | _server_flags(state, user_id) | flags,
        )
    else:
        after = replace(before, channel_id=channel.id, **flags)
    step.put(after)
    _announce(step, state, before, after)
    if before is None or before.channel_id != channel.id:
        _empties(step, state, before)
        if not step.world.occupants(channel):
            _since(step, channel, step.now)
    if user_id == step.world.application.id:
        _allocate(step, after, channel)
    return after


def leave(step: Step, state: GuildState, user_id: str) -> None:
    before = state.voice_states[user_id]
    step.remove(before)
    _announce(step, state, before, replace(before, channel_id=None))
    _empties(step, state, before)
    call = step.world.voice_calls.get(state.guild.id)
    if call is not None and user_id == step.world.application.id:
        step.remove(call)


def change(step: Step, state: GuildState, user_id: str, **flags: Any) -> VoiceState:
    """Mute, deafen, stream… without moving. Server mute and deafening stay with the member."""
    before = state.voice_states[user_id]
    after = replace(before, **flags)
    kept = {key: value for key, value in flags.items() if key in ("mute", "deaf")}
    if kept:
        step.put(replace(state.members[user_id], **kept))
    step.put(after)
    _announce(step, state, before, after)
    return after


def payload_for_bot(step: Step, state: GuildState, after: VoiceState) -> Json | None:
    """What the bot is told of *after*; None when it happens where the bot cannot look."""
    channel = state.channels.get(after.channel_id or "")
    if channel is None or after.user_id == step.world.application.id or step.bot_sees(channel):
        return payloads.voice_state(step.world, after)
    return None


def _announce(step: Step, state: GuildState, before: VoiceState | None, after: VoiceState) -> None:
    """A person who walks into a channel the bot cannot see has, for the bot, left."""
    old = state.channels.get(before.channel_id or "") if before else None
    payload = payload_for_bot(step, state, after)
    if payload is None:
        payload = payloads.voice_state(step.world, replace(after, channel_id=None))
        step.emit("VOICE_STATE_UPDATE", payload, state.guild.id, old or _where(state, after))
    elif after.channel_id is None and after.user_id != step.world.application.id:
        step.emit("VOICE_STATE_UPDATE", payload, state.guild.id, old)
    else:
        step.emit("VOICE_STATE_UPDATE", payload, state.guild.id)


def _empties(step: Step, state: GuildState, before: VoiceState | None) -> None:
    """The one they come from, if they were the last in it."""
    channel = state.channels.get(before.channel_id or "") if before else None
    if channel is not None and len(step.world.occupants(channel)) == 1:
        _since(step, channel, None)


def _since(step: Step, channel: Channel, started: float | None) -> None:
    """https://docs.discord.com/developers/events/gateway-events#voice-channel-start-time-update"""
    step.put(replace(channel, voice_started=started))
    told: Json = {"id": channel.id, "guild_id": channel.guild_id}
    told["voice_start_time"] = started and int(started)
    step.emit("VOICE_CHANNEL_START_TIME_UPDATE", told, channel.guild_id, channel)


def _allocate(step: Step, after: VoiceState, channel: Channel) -> None:
    """A voice server for the bot, with a new token for each channel and each of its sessions.

    Where it stands depends on how a session reached us: its `endpoint` is filled in as it is sent.
    """
    call = step.world.voice_calls.get(after.guild_id)
    if call and (call.channel_id, call.session_id) == (channel.id, after.session_id):
        return
    call = VoiceCall(
        guild_id=after.guild_id,
        channel_id=channel.id,
        session_id=after.session_id,
        token=_secret(step, after.session_id)[:16],
    )
    step.put(call)
    told: Json = {"token": call.token, "guild_id": call.guild_id}
    step.emit("VOICE_SERVER_UPDATE", told, call.guild_id)


def _where(state: GuildState, after: VoiceState) -> Channel | None:
    return state.channels.get(after.channel_id or "")


def _server_flags(state: GuildState, user_id: str) -> dict[str, Any]:
    member = state.members[user_id]
    return {"mute": member.mute, "deaf": member.deaf}


def _secret(step: Step, whose: str) -> str:
    seed = f"{whose}:{step.new_id()}"
    return hashlib.blake2b(seed.encode(), digest_size=16).hexdigest()
