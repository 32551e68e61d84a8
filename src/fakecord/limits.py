"""Rate limits: buckets by route and major parameter, the global one, and those of a resource.

https://docs.discord.com/developers/topics/rate-limits

All by the clock. From the start on: a bucket for each route, far wider than any of Discord's (it
publishes none), renames, the ban of who sends too many invalid requests, the sessions of a day and
what a gateway connection may send. `as_documented` adds what would slow a test down that is not
about it: the global limit, and the pace of IDENTIFY.
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


class Meter:
    """One allowance, in windows that begin with the first use."""

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self._window = Window(0, 0.0)

    def spend(self, now: float) -> bool:
        """Whether there was something left."""
        if now >= self._window.ends:
            self._window = Window(self.rate.requests, now + self.rate.seconds)
        self._window.remaining -= 1
        return self._window.remaining >= 0

    def left(self, now: float) -> tuple[int, float]:
        """How many uses, and how many seconds until all are back."""
        if now >= self._window.ends:
            return self.rate.requests, self.rate.seconds
        return max(self._window.remaining, 0), self._window.ends - now


class Limits:
    """Generous unless told otherwise: a test that wants a 429 makes a bucket small."""

    def __init__(self) -> None:
        self.default = Rate(1_000, 1.0)
        self.renames = Rate(2, 600.0)
        self.total: Rate | None = None
        """Of all routes together, X-RateLimit-Global; documented are 50 a second."""
        self.invalid = Rate(10_000, 600.0)
        """401, 403 and 429 before the edge bans the caller.

        https://docs.discord.com/developers/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans
        """
        self.ban = 3_600.0
        """Seconds of it; Discord does not say how many."""
        self.identifies = Meter(Rate(1_000, 86_400.0))
        """Spent, every session ends and the token is reset.

        https://docs.discord.com/developers/events/gateway#session-start-limit
        """
        self.max_concurrency = 1
        self.pace: float | None = None
        """Seconds in which *max_concurrency* sessions may begin; documented are 5. Else op 9."""
        self.sends = Rate(120, 60.0)
        """Of one gateway connection: beyond, 4008.

        https://docs.discord.com/developers/events/gateway#rate-limiting
        """
        self._routes: dict[str, tuple[Rate, str]] = {}
        self._windows: dict[str, Window] = {}
        self._banned_until = 0.0

    def as_documented(self) -> None:
        """Every limit Discord documents, as it documents it."""
        self.total = Rate(50, 1.0)
        self.pace = 5.0

    def set(self, route: str, requests: int, seconds: float, *, scope: str = "user") -> None:
        """*route* is method and template: ``POST /channels/{channel_id}/messages``.

        *scope* "shared": a limit of the resource, which others have spent, too.
        """
        self._routes[route] = Rate(requests, seconds), scope
        self.reset()

    def reset(self) -> None:
        """Forget what was spent, and any ban."""
        self._windows.clear()
        self._banned_until = 0.0

    def spend(self, route: str, major: str, now: float) -> dict[str, str]:
        """The headers of an answer, or RateLimited."""
        if self.total is not None:
            self._take("global", self.total, now, "global")
        rate, scope = self._routes.get(route, (self.default, "user"))
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
            raise RateLimited(window.ends - now, scope, headers)
        return headers

    def rename(self, channel_id: str, now: float) -> None:
        """Name and topic of a channel change twice in ten minutes; documented nowhere, felt by all."""
        self._take(f"rename {channel_id}", self.renames, now, "shared")

    def answered(self, status: int, scope: str | None, now: float) -> None:
        """Count an answer, if it is of those that lead to a ban; 429 of a shared limit do not."""
        if status not in (401, 403, 429) or scope == "shared":
            return
        window = self._window("invalid", self.invalid, now)
        window.remaining -= 1
        if window.remaining <= 0:
            self._banned_until = now + self.ban

    def banned_for(self, now: float) -> float:
        """Seconds; 0 for who is not."""
        return max(self._banned_until - now, 0.0)

    def begins(self, shard: int, now: float) -> bool:
        """Whether a session of this shard may begin yet."""
        if self.pace is None:
            return True
        key = f"identify {shard % self.max_concurrency}"
        window = self._window(key, Rate(1, self.pace), now)
        window.remaining -= 1
        return window.remaining >= 0

    def session_start(self, now: float) -> Json:
        remaining, seconds = self.identifies.left(now)
        return {
            "total": self.identifies.rate.requests,
            "remaining": remaining,
            "reset_after": round(seconds * 1000),
            "max_concurrency": self.max_concurrency,
        }

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
        # A clock that went back makes nobody wait for longer than a window lasts.
        window.ends = min(window.ends, now + rate.seconds)
        return window

    def _forget_past(self, now: float) -> None:
        """Each interaction token has a window of its own; they must not pile up."""
        if len(self._windows) >= MOST_WINDOWS:
            self._windows = {key: w for key, w in self._windows.items() if now < w.ends}


def bucket_id(route: str) -> str:
    return hashlib.blake2b(route.encode(), digest_size=16).hexdigest()
