"""Tells those who wait that something happened."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

LOOK_AGAIN = 0.02


class Pulse:
    """`beat` wakes everybody who waits in `next` and calls every listener."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()
        self._listeners: list[Callable[[str], None]] = []

    @property
    def waiting(self) -> int:
        """How many wait for the next beat."""
        return len(self._waiting)

    def beat(self, kind: str) -> None:
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)
        for listener in list(self._listeners):
            listener(kind)

    async def next(self) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            await future
        finally:
            self._waiting.discard(future)

    async def until(self, happened: Callable[[], bool], timeout: float) -> bool:
        """Whether it *happened* within *timeout* seconds of real time.

        Looked at after every beat, and now and then: it may be about a bot that listens to us.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + timeout
        while not happened():
            left = end - loop.time()
            if left <= 0:
                return False
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(left, LOOK_AGAIN)):
                    await self.next()
        return True

    def listen(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """The answer stops it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)
