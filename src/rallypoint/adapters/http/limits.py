"""How often one and the same may ask."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from rallypoint.kernel.clock import Clock

MINUTE = timedelta(minutes=1)
TIDIED_ABOVE = 1_000

Who = TypeVar("Who", bound=Hashable)


class Limit(Generic[Who]):
    """At most *most* in any minute: what is refused does not count. Kept by this process alone."""

    def __init__(self, most: int, clock: Clock) -> None:
        self._most = most
        self._clock = clock
        self._asked: dict[Who, deque[datetime]] = {}
        self._tidied_above = TIDIED_ABOVE

    def take(self, who: Who) -> timedelta | None:
        """None: go on. Else how long to wait."""
        now = self._clock.now()
        asked = self._asked.setdefault(who, deque())
        # A clock that went back must not shut anybody out for longer than a minute.
        while asked and not now - MINUTE < asked[0] <= now:
            asked.popleft()
        if len(asked) >= self._most:
            return asked[0] + MINUTE - now
        asked.append(now)
        if len(self._asked) > self._tidied_above:
            self._tidy(now)
        return None

    def give_back(self, who: Who) -> None:
        """What was taken last does not count."""
        asked = self._asked.get(who)
        if asked:
            asked.pop()

    def _tidy(self, now: datetime) -> None:
        for who in [who for who, asked in self._asked.items() if not _is_recent(asked, now)]:
            del self._asked[who]
        # Where all are recent, not at every call again.
        self._tidied_above = max(TIDIED_ABOVE, 2 * len(self._asked))


def _is_recent(asked: deque[datetime], now: datetime) -> bool:
    return bool(asked) and now - MINUTE < asked[-1] <= now
