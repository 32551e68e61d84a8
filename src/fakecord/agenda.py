"""What is to happen at a time of the clock."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from itertools import count

from fakecord.clock import Clock

Act = Callable[[], None]


class Agenda:
    """Acts in order of their times; a clock moved by hand past several does them all, there and then.

    Before `start` and after `stop` only a clock moved by hand makes anything happen.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heap: list[tuple[float, int, Act]] = []
        self._numbers = count()
        self._dropped: set[int] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        clock.listen(self._wake)

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._wake()

    def stop(self) -> None:
        """What has not happened by now never will."""
        self._heap.clear()
        self._disarm()
        self._loop = None

    def at(self, when: float, act: Act) -> Act:
        """The answer calls it off. What is due already waits for the loop's next turn."""
        number = next(self._numbers)
        heapq.heappush(self._heap, (when, number, act))
        self._arm()
        return lambda: self._dropped.add(number)

    async def wait(self, seconds: float) -> None:
        """Until the clock has gone on by so much, by itself or by hand."""
        passed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def let_go() -> None:
            if not passed.done():
                passed.set_result(None)

        drop = self.at(self._clock.now() + seconds, let_go)
        try:
            await passed
        finally:
            drop()

    def _wake(self) -> None:
        while self._heap and self._heap[0][0] <= self._clock.now():
            _, number, act = heapq.heappop(self._heap)
            if number in self._dropped:
                self._dropped.discard(number)
            else:
                act()
        self._arm()

    def _arm(self) -> None:
        self._disarm()
        if self._heap and self._loop is not None and not self._clock.frozen:
            left = max(self._heap[0][0] - self._clock.now(), 0)
            self._timer = self._loop.call_later(left, self._wake)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
