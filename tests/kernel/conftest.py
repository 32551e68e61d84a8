from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, inspect, select

from rallypoint.kernel import jobs
from rallypoint.kernel.clock import StoppedClock
from rallypoint.kernel.commits import listen
from rallypoint.kernel.db import Model
from rallypoint.kernel.jobs import Timer, TimerState, Work

PATIENCE = 20
"""Seconds until a test that waits for something which does not come gives up."""


class ObservedClock(StoppedClock):
    """Tells when somebody has come to wait for a moment: then nothing is left to be done before it."""

    def __init__(self) -> None:
        super().__init__()
        self._awaited: set[datetime] = set()
        self._came = asyncio.Condition()

    async def wait_until(self, moment: datetime) -> None:
        async with self._came:
            self._awaited.add(moment)
            self._came.notify_all()
        await super().wait_until(moment)

    async def is_awaited(self, moment: datetime) -> None:
        async with asyncio.timeout(PATIENCE), self._came:
            await self._came.wait_for(lambda: moment in self._awaited)


class Handler:
    """Does in turn what it was told to (raise, await, or nothing), and remembers what it was lent."""

    def __init__(self, *acts: BaseException | Callable[[Work], Awaitable[Any]] | None) -> None:
        self.calls: list[Work] = []
        self._acts = list(acts)
        self._called = asyncio.Condition()

    async def __call__(self, work: Work) -> None:
        async with self._called:
            self.calls.append(work)
            self._called.notify_all()
        act = self._acts.pop(0) if self._acts else None
        if isinstance(act, BaseException):
            raise act
        if act is not None:
            await act(work)

    @property
    def args(self) -> list[dict[str, Any]]:
        return [dict(work.args) for work in self.calls]

    async def called(self, times: int = 1) -> None:
        async with asyncio.timeout(PATIENCE), self._called:
            await self._called.wait_for(lambda: len(self.calls) >= times)


class Gate:
    """An act that lasts until it is opened."""

    def __init__(self) -> None:
        self._open = asyncio.Event()

    async def __call__(self, _work: Work) -> None:
        await self._open.wait()

    def open(self) -> None:
        self._open.set()


@pytest.fixture
def clock() -> ObservedClock:
    return ObservedClock()


@pytest.fixture
def rows(sessions):
    """`await rows(Timer)`: all of a table, in the order of its key."""

    async def read(model: type[Model]) -> list[Any]:
        async with sessions.begin() as session:
            key = inspect(model).primary_key
            return list(await session.scalars(select(model).order_by(*key)))

    return read


@pytest.fixture
def pass_time(sessions, clock):
    """`await pass_time(HOUR, MINUTE, look)`: an hour goes by, with a look every minute; the sum of what it returns.

    Looks at which nothing can have come due are left out, all but the first: time may have been set back before.
    """

    async def steps_to_next(step: timedelta) -> int:
        async with sessions.begin() as session:
            waiting = Timer.state == TimerState.WAITING
            due = await session.scalar(select(func.min(Timer.due_at)).where(waiting))
        return 10**6 if due is None else max(-((clock.now() - due) // step), 1)

    async def go(duration: timedelta, step: timedelta, look: Callable[[], Awaitable[int]]) -> int:
        found, steps, end = 0, 1, clock.now() + duration
        while clock.now() < end:
            clock.advance(min(steps * step, end - clock.now()))
            found += await look()
            steps = await steps_to_next(step)
        return found

    return go


@pytest.fixture
def promise(sessions):
    """`await promise("kind", due=…)`: `jobs.schedule` in a transaction of its own."""

    async def schedule(kind: str, **how: Any) -> None:
        async with sessions.begin() as session:
            await jobs.schedule(session, kind, **how)

    return schedule


@pytest.fixture
def heard(sessions):
    """The moments that were told of "news"."""
    heard: list[datetime] = []
    unlisten = listen(sessions, "news", heard.append)
    yield heard
    unlisten()
