"""How SQLite's thread wakes the loop. asyncio's own way is a socket, which is read until an error says that nothing is
left in it, and one more turn of the loop: of what a voice event takes, a fifteenth."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Callable
from typing import Any

Settle = Callable[[asyncio.Future[Any], Any], None]


class Bell:
    """Of one loop. Its file is closed with the last who knows the bell, so that a late answer never rings another."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._answers: deque[tuple[Settle, asyncio.Future[Any], Any]] = deque()
        self._file = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        loop.add_reader(self._file, self._hear)

    @staticmethod
    def can_ring(loop: asyncio.AbstractEventLoop) -> bool:
        """Only Linux has it, and the loop must watch files."""
        return hasattr(os, "eventfd") and isinstance(loop, asyncio.SelectorEventLoop)

    def ring(self, settle: Settle, future: asyncio.Future[Any], value: Any) -> None:
        """From any thread."""
        self._answers.append((settle, future, value))
        os.eventfd_write(self._file, 1)

    def take_down(self) -> None:
        """In the loop. What is answered later is not heard."""
        self.loop.remove_reader(self._file)
        self._settle()

    def _hear(self) -> None:
        # Read first: what is answered from here on rings again.
        os.eventfd_read(self._file)
        self._settle()

    def _settle(self) -> None:
        while self._answers:
            settle, future, value = self._answers.popleft()
            settle(future, value)

    def __del__(self) -> None:
        os.close(self._file)


class Answer:
    """What the driver's thread takes for a future, with its loop."""

    __slots__ = ("_bell", "future")

    def __init__(self, bell: Bell) -> None:
        self._bell = bell
        self.future: asyncio.Future[Any] = bell.loop.create_future()

    def get_loop(self) -> Answer:
        return self

    def call_soon_threadsafe(self, settle: Settle, _: Answer, value: Any) -> None:
        self._bell.ring(settle, self.future, value)
