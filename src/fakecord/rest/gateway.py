"""Where the gateway is."""

from __future__ import annotations

from fakecord.entities import Json
from fakecord.rest.call import Call, Route


def get_gateway(call: Call) -> Json:
    return {"url": call.gateway_url}


def get_gateway_bot(call: Call) -> Json:
    return {
        "url": call.gateway_url,
        "shards": call.world.application.shards,
        "session_start_limit": call.limits.session_start(call.step.now),
    }


def list_default_sounds(call: Call) -> list[Json]:
    """Asked for by py-cord at login."""
    return []


routes = [
    Route("GET", "/gateway", get_gateway, token=False),
    Route("GET", "/gateway/bot", get_gateway_bot),
    Route("GET", "/soundboard-default-sounds", list_default_sounds),
]
