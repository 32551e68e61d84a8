"""Rate limits: buckets by route and major parameter, the global one, and renames of a channel.

https://docs.discord.com/developers/topics/rate-limits
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import NamedTuple

from fakecord.entities import Json

MOST_WINDOWS = 10_000


class Rate(NamedTuple):
    requests: int
    seconds: float


class RateLimited(Exception):
    """429: too fast; *retry_after* is in seconds."""

    def __init__(
        self, retry_after: float, scope: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(f"rate limited for {retry_after:.3f} s ({scope})")
        self.retry_after = max(round(retry_after, 3), 0.001)
        self.scope = scope
        self.headers = (headers or {}) | {
            "Retry-After": str(self.retry_after),
            "X-RateLimit-Scope": scope,
        }
        if scope == "global":
            self.headers["X-RateLimit-Global"] = "true"

    def body(self) -> Json:
        return {
            "message": "You are being rate limited.",
            "retry_after": self.retry_after,
            "global": self.scope == "global",
        }


@dataclass(slots=True)
class Window:
    remaining: int
    ends: float


class Limits:
    """Generous unless told otherwise: a test that wants a 429 makes a bucket small."""

    def __init__(self) -> None:
        self.default = Rate(1_000, 1.0)
        self.renames = Rate(2, 600.0)
        self.total: Rate | None = None
        self._routes: dict[str, Rate] = {}
        self._windows: dict[str, Window] = {}

    def set(self, route: str, requests: int, seconds: float) -> None:
        """*route* is method and template: ``POST /channels/{channel_id}/messages``."""
        self._routes[route] = Rate(requests, seconds)
        self.reset()

    def reset(self) -> None:
        """Forget what was spent."""
        self._windows.clear()

    def spend(self, route: str, major: str, now: float) -> dict[str, str]:
        """The headers of an answer, or RateLimited."""
        if self.total is not None:
            self._take("global", self.total, now, "global")
        rate = self._routes.get(route, self.default)
        window = self._window(f"{route} {major}", rate, now)
        refused = window.remaining <= 0
        window.remaining = max(window.remaining - 1, 0)
        headers = {
            "X-RateLimit-Limit": str(rate.requests),
            "X-RateLimit-Remaining": str(window.remaining),
            "X-RateLimit-Reset": f"{window.ends:.3f}",
            "X-RateLimit-Reset-After": f"{max(window.ends - now, 0):.3f}",
            "X-RateLimit-Bucket": bucket_id(route),
        }
        if refused:
            raise RateLimited(window.ends - now, "user", headers)
        return headers

    def rename(self, channel_id: str, now: float) -> None:
        """Name and topic of a channel change twice in ten minutes; documented nowhere, felt by all."""
        self._take(f"rename {channel_id}", self.renames, now, "shared")

    def _take(self, key: str, rate: Rate, now: float, scope: str) -> None:
        window = self._window(key, rate, now)
        if window.remaining <= 0:
            raise RateLimited(window.ends - now, scope)
        window.remaining -= 1

    def _window(self, key: str, rate: Rate, now: float) -> Window:
        window = self._windows.get(key)
        if window is None or now >= window.ends:
            self._forget_past(now)
            window = self._windows[key] = Window(rate.requests, now + rate.seconds)
        return window

    def _forget_past(self, now: float) -> None:
        """Each interaction token has a window of its own; they must not pile up."""
        if len(self._windows) >= MOST_WINDOWS:
            self._windows = {key: w for key, w in self._windows.items() if now < w.ends}


def bucket_id(route: str) -> str:
    return hashlib.blake2b(route.encode(), digest_size=16).hexdigest()
