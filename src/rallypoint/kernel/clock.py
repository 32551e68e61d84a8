"""Time as a port: nothing else in the program asks what time it is, or waits for it."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware, UTC."""

    async def wait_until(self, moment: datetime) -> None:
        """Return once `now()` has reached *moment*; at once if it has already."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    async def wait_until(self, moment: datetime) -> None:
        # asyncio sleeps by the monotonic clock: after a step of the wall clock one sleep may end early or overshoot,
        # so it is cut into pieces short enough for a step to be noticed.
        while (left := (moment - self.now()).total_seconds()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(min(left, 1.0))


class StoppedClock:
    """A clock that stands until somebody moves it, and then wakes those whose moment has come."""

    def __init__(self, time: datetime = datetime(2030, 1, 1, 12, tzinfo=UTC)) -> None:
        self._time = time
        self._count = itertools.count()
        self._waiting: list[tuple[datetime, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._time

    async def wait_until(self, moment: datetime) -> None:
        if moment <= self._time:
            return
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (moment, next(self._count), future))
        await future

    def advance(self, by: timedelta) -> None:
        self.set(self._time + by)

    def set(self, time: datetime) -> None:
        self._time = time
        while self._waiting and self._waiting[0][0] <= time:
            future = heapq.heappop(self._waiting)[2]
            if not future.done():
                future.set_result(None)
