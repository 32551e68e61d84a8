"""Those that fail take turns with the database, and leave most of the time to all others.

A thousand that hang give up in the same moment. To write down what came of that takes some five seconds of the
database's time and of ours: in one go, a healthy destination's events would take three times as long meanwhile.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from weakref import WeakKeyDictionary

SHARE = 0.2
"""Of the time, while more than one waits for its turn."""
WITHIN = 60.0  # seconds, in which those that wait now have had their turn all the same


class Turns:
    def __init__(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._sleep = sleep
        self._one = asyncio.Lock()
        self._waiting = 0

    @asynccontextmanager
    async def mine(self) -> AsyncIterator[None]:
        self._waiting += 1
        try:
            await self._one.acquire()
        finally:
            self._waiting -= 1
        began = time.monotonic()
        try:
            yield
            if self._waiting:
                await self._sleep(rest(time.monotonic() - began, waiting=self._waiting))
        finally:
            self._one.release()


_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, Turns] = WeakKeyDictionary()


def mine() -> AbstractAsyncContextManager[None]:
    return _turns.setdefault(asyncio.get_running_loop(), Turns()).mine()


def rest(took: float, *, waiting: int) -> float:
    """How long nobody has a turn after one that *took* so many seconds."""
    return min(took * (1 / SHARE - 1), WITHIN / waiting)
