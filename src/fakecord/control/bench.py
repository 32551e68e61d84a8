"""A flood of events for benches."""

from __future__ import annotations

import time

import orjson
from pydantic import Field

from fakecord import payloads
from fakecord.control.operation import Ask, Operation, Problem, Request
from fakecord.entities import ChannelType, Json, VoiceState
from fakecord.world import GuildState


class Flood(Ask):
    events: int = Field(default=10_000, ge=1, le=1_000_000)
    guilds: int = Field(default=1, ge=1)


async def flood_voice(request: Request) -> Json:
    """Joins and leaves, built before the time is taken; the world does not change."""
    core = request.core
    connected = core.gateway.connected
    if not connected:
        raise Problem(409, "no_bot", "no bot is connected to the gateway")
    session = connected[-1]
    guilds = [s for s in core.world.guilds.values() if _seats(s)][: request.body.guilds]
    if not guilds or session.connection is None:
        raise Problem(409, "no_voice_channel", "no guild has a voice channel and a person")
    frames: list[bytes] = []
    for number in range(request.body.events):
        session.sequence += 1
        state = guilds[number // 2 % len(guilds)]
        data = payloads.voice_state(core.world, _sits(state, number))
        frame = {"op": 0, "t": "VOICE_STATE_UPDATE", "s": session.sequence, "d": data}
        frames.append(orjson.dumps(frame))
    began = time.perf_counter()
    await session.connection.flood(frames)
    return {"events": len(frames), "seconds": time.perf_counter() - began}


def _seats(state: GuildState) -> list[str]:
    return [each.id for each in state.channels.values() if each.type == ChannelType.VOICE]


def _sits(state: GuildState, number: int) -> VoiceState:
    """Even numbers join, odd ones leave: after an even count nobody is left sitting."""
    people = [user_id for user_id in state.members if user_id not in state.voice_states]
    return VoiceState(
        guild_id=state.guild.id,
        user_id=people[number // 2 % len(people)],
        channel_id=None if number % 2 else _seats(state)[0],
        session_id="0" * 32,
    )


operations = [
    Operation("POST", "/bench/voice", flood_voice, "Flood the bot with voice states", Flood),
]
