"""What every answer carries, and which names this server answers to.

A page somewhere else can make a browser call a server on its reader's own machine, by a name that it makes point there
(DNS rebinding). Such a call carries that name as its Host, so only names we know are answered.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
ANY_ADDRESS = frozenset({"0.0.0.0", "::", ""})  # noqa: S104  # named to be left out

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        # What is drawn on a check box or beside a list is in the styles themselves.
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
FOR_EVER = "public, max-age=31536000, immutable"


def hosts_for(host: str, public_url: str | None) -> frozenset[str]:
    """The names to answer to: this machine's own, the address listened on, and the public one."""
    names = {*LOOPBACK, f"[{host}]" if ":" in host else host} - ANY_ADDRESS - {"[::]"}
    if public_url and (public := urlsplit(public_url).hostname):
        names.add(f"[{public}]" if ":" in public else public)
    return frozenset(name.lower() for name in names)


class Shield:
    def __init__(self, app: ASGIApp, *, hosts: frozenset[str], https: bool) -> None:
        self._app = app
        self._hosts = hosts
        self._headers = dict(HEADERS)
        if https:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        # A link to an asset names its content, so what it names never changes.
        lasting = scope["path"].startswith("/static/") and scope["query_string"].startswith(b"v=")

        async def send_shielded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                headers.setdefault("Cache-Control", FOR_EVER if lasting else "no-store")
            await send(message)

        host = _name(Headers(scope=scope).get("host", ""))
        if host in self._hosts:
            await self._app(scope, receive, send_shielded)
            return
        message = f"This server does not answer to {host[:100]!r}. Set RALLYPOINT_PUBLIC_URL to the address people use."
        error = {"error": {"code": "unknown_host", "message": message}}
        await JSONResponse(error, status_code=400)(scope, receive, send_shielded)


def _name(host: str) -> str:
    """Without its port."""
    end = host.find("]") + 1 if host.startswith("[") else host.find(":")
    return (host[:end] if end > 0 else host).lower()
