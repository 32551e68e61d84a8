"""A shipment as a line for a shell. Pure."""

from __future__ import annotations

import re
import shlex

from rallypoint.kernel.errors import Refused
from rallypoint.kernel.outlets import HttpRequest, RedisAdd, RedisPush

MASKED = "…"
_TOKEN = re.compile(r"(?<=/api/webhooks/)([^/]+)/[^/?]+")


def line(shipment: object) -> str:
    """Raise Refused for what no such tool sends."""
    match shipment:
        case HttpRequest():
            return _curl(shipment)
        case RedisPush():
            words = ["redis-cli", "RPUSH", shipment.key, shipment.body.decode()]
        case RedisAdd():
            fields = [
                word for name, value in shipment.fields.items() for word in (name, value.decode())
            ]
            words = ["redis-cli", "XADD", shipment.key, "*", *fields]
        case _:
            raise Refused("no_curl")
    return shlex.join(words)


def _curl(request: HttpRequest) -> str:
    words = ["curl", "--request", request.method]
    for name, value in request.headers.items():
        shown = f"v1,{MASKED}" if name == "webhook-signature" else value
        words += ["--header", f"{name}: {shown}"]
    if request.body:
        words += ["--data-binary", request.body.decode()]
    return shlex.join([*words, _TOKEN.sub(rf"\1/{MASKED}", request.url)])
