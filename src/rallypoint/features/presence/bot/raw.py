"""What Discord's payloads say about who is in voice, and nothing else of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rallypoint.features.presence import rules
from rallypoint.kernel.db import storable
from rallypoint.kernel.ids import ChannelId, GuildId, UserId

Payload = dict[str, Any]
FLAGS = (
    ("self_mute", rules.SELF_MUTE),
    ("mute", rules.MUTE),
    ("self_deaf", rules.SELF_DEAF),
    ("deaf", rules.DEAF),
    ("self_stream", rules.STREAM),
    ("self_video", rules.CAMERA),
)


def voice_state(
    payload: Payload, guild_id: GuildId, at: datetime, user: Payload
) -> rules.VoiceState:
    channel, flags = payload["channel_id"], 0
    for name, bit in FLAGS:
        if payload.get(name):
            flags |= bit
    return rules.VoiceState(
        guild_id,
        UserId(int(payload["user_id"])),
        ChannelId(int(channel)) if channel is not None else None,
        bool(user.get("bot", False)),
        at,
        flags,
        storable(user.get("username", "")),
    )


def snapshot(payload: Payload, at: datetime) -> rules.Snapshot:
    """Of a GUILD_CREATE. Who is said to sit in a channel that is not there has left with it."""
    guild_id = GuildId(int(payload["id"]))
    users = {member["user"]["id"]: member["user"] for member in payload.get("members", ())}
    # https://github.com/discord/discord-api-docs/issues/4455
    channels = {channel["id"] for channel in payload.get("channels", ())}
    states = tuple(
        voice_state(state, guild_id, at, users.get(state["user_id"], {}))
        for state in payload.get("voice_states", ())
        if state["channel_id"] in channels
    )
    return rules.Snapshot(guild_id, at, states)


def identified(payload: Payload, at: datetime) -> rules.Identified:
    """Of a READY."""
    shard, shards = payload.get("shard") or (0, 1)
    guilds = frozenset(GuildId(int(guild["id"])) for guild in payload["guilds"])
    return rules.Identified(at, guilds, shard, shards)


class Mirror:
    """The last raw snapshot of each guild and the raw voice states since: nothing of the ledger's rules is in it, so
    that the ledger can be compared with it. A guild that we do not hear of is not in it."""

    def __init__(self) -> None:
        self._guilds: dict[GuildId, dict[UserId, rules.VoiceState]] = {}

    def take(self, given: rules.Input) -> None:
        match given:
            case rules.VoiceState():
                self._put(given)
            case rules.Snapshot():
                self._guilds[given.guild_id] = {each.user_id: each for each in given.states}
            case rules.ChannelGone():
                states = self._guilds.get(given.guild_id, {})
                for each in [
                    each for each in states.values() if each.channel_id == given.channel_id
                ]:
                    del states[each.user_id]
            case rules.Outage() | rules.Removed():
                self._guilds.pop(given.guild_id, None)
            case rules.Identified():
                for guild_id in [each for each in self._guilds if given.concerns(each)]:
                    del self._guilds[guild_id]
            case _:
                pass

    def of(self, guild_id: GuildId) -> Mapping[UserId, rules.VoiceState] | None:
        return self._guilds.get(guild_id)

    def _put(self, state: rules.VoiceState) -> None:
        states = self._guilds.get(state.guild_id)
        if states is None:
            return
        if state.channel_id is None:
            states.pop(state.user_id, None)
        else:
            states[state.user_id] = state
