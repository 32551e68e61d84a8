"""What a browser carries for us.

Names that begin with `__Host-` cannot be set by a neighbour on the same domain. Browsers take them over TLS, and from
this machine itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from urllib.parse import quote, unquote, urlsplit

from fastapi import Request, Response

LOG_IN = "rallypoint"
ON_THE_WAY = "rallypoint-way"
SAID = "rallypoint-said"
SAID_LASTS = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Jar:
    secure: bool

    def read(self, request: Request, name: str) -> str | None:
        return request.cookies.get(self._named(name)) or None

    def put(self, response: Response, name: str, value: str, *, lasts: timedelta) -> None:
        response.set_cookie(
            self._named(name),
            value,
            max_age=int(lasts.total_seconds()),
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="lax",
        )

    def remove(self, response: Response, name: str) -> None:
        response.delete_cookie(
            self._named(name), path="/", secure=self.secure, httponly=True, samesite="lax"
        )

    def say(self, response: Response, words: str) -> None:
        """On the next page."""
        self.put(response, SAID, quote(words[:500]), lasts=SAID_LASTS)

    def said(self, request: Request) -> str:
        return unquote(self.read(request, SAID) or "")

    def _named(self, name: str) -> str:
        return f"__Host-{name}" if self.secure else name


def jar_for(base: str) -> Jar:
    """*base*: where people reach the dashboard."""
    return Jar(secure=base.startswith("https://") or _is_this_machine(urlsplit(base).hostname))


def _is_this_machine(host: str | None) -> bool:
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False
