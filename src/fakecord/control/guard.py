"""Who may come in: programs on this machine, and our own page; no other page in a browser.

A page elsewhere can make a browser send requests here. It cannot choose the Host header of our
address, and its Origin is its own; a host name it lets point at 127.0.0.1 shows in both.
"""

from __future__ import annotations

from aiohttp import web

from fakecord.control.operation import Problem

HERE = frozenset({"127.0.0.1", "localhost", "[::1]"})
WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


def check(request: web.Request) -> None:
    host = request.headers.get("Host", "")
    if _without_port(host) not in HERE:
        raise Problem(403, "wrong_host", f"ask for 127.0.0.1 or localhost, not for {host!r}")
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"http://{host}":
        raise Problem(
            403, "wrong_origin", f"a page of {origin} may not use this; only http://{host}"
        )
    if request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
        raise Problem(403, "wrong_origin", "a page elsewhere may not use this")
    has_body = request.method in WITH_BODY and request.body_exists
    if has_body and request.content_type != "application/json":
        raise Problem(415, "wrong_type", "send JSON, with Content-Type: application/json")


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[: host.find("]") + 1]
    return host.partition(":")[0].lower()
