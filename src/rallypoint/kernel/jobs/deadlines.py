from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Generic, TypeVar

T = TypeVar("T")


class Deadlines(Generic[T]):
    """Calls *passed* with what is still there when its time is up.

    Those of one length come to their end in the order in which they began, so one alarm a length is enough: one for
    each was a tenth of what a job cost. By the loop's own clock: a step of the wall clock must not end everything.
    """

    def __init__(self, passed: Callable[[T], None]) -> None:
        self._passed = passed
        self._ends: dict[timedelta, dict[T, float]] = {}

    def add(self, what: T, length: timedelta) -> None:
        loop = asyncio.get_running_loop()
        ends = self._ends.get(length)
        if ends is None:
            ends = self._ends[length] = {}
            loop.call_later(length.total_seconds(), self._ring, length)
        ends[what] = loop.time() + length.total_seconds()

    def remove(self, what: T, length: timedelta) -> None:
        self._ends.get(length, {}).pop(what, None)

    def _ring(self, length: timedelta) -> None:
        loop = asyncio.get_running_loop()
        ends = self._ends[length]
        while ends:
            first, end = next(iter(ends.items()))
            if end > loop.time():
                loop.call_at(end, self._ring, length)
                return
            del ends[first]
            self._passed(first)
        del self._ends[length]
