"""Where the gateway is."""

from __future__ import annotations

from fakecord.entities import Json
from fakecord.rest.call import Call, Route


def get_gateway(call: Call) -> Json:
    return {"url": call.gateway_url}


def get_gateway_bot(call: Call) -> Json:
    return {
        "url": call.gateway_url,
        "shards": 1,
        "session_start_limit": {
            "total": 1000,
            "remaining": 1000,
            "reset_after": 86_400_000,
            "max_concurrency": 1,
        },
    }


def list_default_sounds(call: Call) -> list[Json]:
    """Asked for by py-cord at login."""
    return []


routes = [
    Route("GET", "/gateway", get_gateway, token=False),
    Route("GET", "/gateway/bot", get_gateway_bot),
    Route("GET", "/soundboard-default-sounds", list_default_sounds),
]
