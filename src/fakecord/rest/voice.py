"""Voice states."""

from __future__ import annotations

from fakecord import payloads
from fakecord.entities import Json
from fakecord.errors import Refusal
from fakecord.permissions import Permission
from fakecord.rest.call import Call, Route


def get_voice_state(call: Call) -> Json:
    state = call.state()
    user_id = call.args["user_id"]
    found = state.voice_states.get(call.bot_id if user_id == "@me" else user_id)
    if found is None:
        raise Refusal(10065)
    channel = state.channels.get(found.channel_id or "")
    if channel is not None and not call.bits(channel) & Permission.VIEW_CHANNEL:
        raise Refusal(50001)
    return payloads.voice_state(call.world, found)


def list_regions(call: Call) -> list[Json]:
    return []


routes = [
    Route("GET", "/voice/regions", list_regions),
    Route("GET", "/guilds/{guild_id}/voice-states/{user_id}", get_voice_state),
]
