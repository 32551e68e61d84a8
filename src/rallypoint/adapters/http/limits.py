"""How often one person may ask."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

from rallypoint.kernel.clock import Clock
from rallypoint.kernel.ids import UserId

MINUTE = timedelta(minutes=1)
TIDIED_ABOVE = 1_000


class Limit:
    """At most *most* in any minute: what is refused does not count. Kept by this process alone."""

    def __init__(self, most: int, clock: Clock) -> None:
        self._most = most
        self._clock = clock
        self._asked: dict[UserId, deque[datetime]] = {}

    def take(self, who: UserId) -> timedelta | None:
        """None: go on. Else how long to wait."""
        now = self._clock.now()
        asked = self._asked.setdefault(who, deque())
        # A clock that went back must not shut anybody out for longer than a minute.
        while asked and not now - MINUTE < asked[0] <= now:
            asked.popleft()
        if len(asked) >= self._most:
            return asked[0] + MINUTE - now
        asked.append(now)
        if len(self._asked) > TIDIED_ABOVE:
            self._tidy(now)
        return None

    def _tidy(self, now: datetime) -> None:
        for who in [who for who, asked in self._asked.items() if not _is_recent(asked, now)]:
            del self._asked[who]


def _is_recent(asked: deque[datetime], now: datetime) -> bool:
    return bool(asked) and now - MINUTE < asked[-1] <= now
