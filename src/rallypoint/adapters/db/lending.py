"""Connections in order of arrival, and a shorter way to them. SQLAlchemy's own goes through two greenlets and makes an
object for each loan, which for one voice event is a third of all work."""

from __future__ import annotations

import asyncio
from collections import deque

from sqlalchemy import AsyncAdaptedQueuePool
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.util import await_only, greenlet_spawn
from sqlalchemy.util.queue import AsyncAdaptedQueue, Empty, Full


class InTurn(AsyncAdaptedQueue[ConnectionPoolEntry]):
    """What is given back goes to the one who has waited longest.

    From the library's own, whoever asks before that one is awake takes it: if there is one connection, two who write
    without a pause would keep all others out for ever.
    """

    def __init__(self, maxsize: int = 0, use_lifo: bool = False) -> None:
        super().__init__(maxsize, use_lifo)
        self._free: deque[ConnectionPoolEntry] = deque()
        self._waiting: deque[asyncio.Future[ConnectionPoolEntry]] = deque()

    def qsize(self) -> int:
        return len(self._free)

    def put(
        self, item: ConnectionPoolEntry, block: bool = True, timeout: float | None = None
    ) -> None:
        if 0 < self.maxsize <= len(self._free):
            raise Full
        self._give(item)

    def get(self, block: bool = True, timeout: float | None = None) -> ConnectionPoolEntry:
        if self._free:
            return self._free.pop() if self.use_lifo else self._free.popleft()
        if not block:
            raise Empty
        return await_only(self._wait(timeout))

    async def _wait(self, timeout: float | None) -> ConnectionPoolEntry:
        turn: asyncio.Future[ConnectionPoolEntry] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(timeout):
                await turn
        except (TimeoutError, asyncio.CancelledError) as error:
            if turn.done() and not turn.cancelled():
                self._give(turn.result())
            if isinstance(error, TimeoutError):
                raise Empty from error
            raise
        return turn.result()

    def _give(self, item: ConnectionPoolEntry) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(item)
                return
        self._free.append(item)


class Lending(AsyncAdaptedQueuePool):
    _queue_class = InTurn

    def lend(self) -> ConnectionPoolEntry | None:
        """A connection that is free and open, for who sees to the transactions by themselves and calls no SQLAlchemy:
        to be given to `take_back`. None: ask for one in the usual way, which can wait and connect."""
        if not self.checkedin():
            return None
        entry = self._do_get()
        if self.is_fit(entry):
            return entry
        self._do_return_conn(entry)
        return None

    async def take_back(self, entry: ConnectionPoolEntry) -> None:
        """No transaction is open in it, or it was invalidated."""
        if self.checkedin() < self.size():
            self._do_return_conn(entry)
        else:
            # Others made more meanwhile: it is closed, which is a trip.
            await greenlet_spawn(self._do_return_conn, entry)

    def is_fit(self, entry: ConnectionPoolEntry) -> bool:
        is_invalid: bool = entry._is_hard_or_soft_invalidated()  # type: ignore[attr-defined]
        return not is_invalid
