"""From the outbox to the subscribers: every event becomes a job for each that wants it, once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from rallypoint.kernel import bulk
from rallypoint.kernel.clock import Clock
from rallypoint.kernel.commits import announce, listen
from rallypoint.kernel.db import DatabaseErrors, is_outage
from rallypoint.kernel.jobs.waiting import is_set

from . import calls
from .outbox import TOPIC, Gatherer, Recorded, Subscriber
from .trip import TAKE_TURN, trip_for
from .wants import Waiting, Wants, plan, read

LOOK_SECONDS = 1.0
"""How soon what other processes recorded is noticed."""
BATCH = 500
PACE_SECONDS = 0.005
"""Between the beginnings of two batches: one of a single event costs nearly what one of many does."""

log = structlog.get_logger()


class Relay:
    def __init__(
        self,
        sessions: async_sessionmaker[AsyncSession],
        subscribers: Iterable[Subscriber],
        *,
        clock: Clock,
        gatherers: Iterable[Gatherer] = (),
        pace: float = PACE_SECONDS,
    ) -> None:
        self._sessions = sessions
        self._pace = pace
        self._clock = clock
        self._wake = asyncio.Event()
        self._wants = Wants(subscribers, tuple(gatherers), most=BATCH)
        self._trip = trip_for(sessions, self._wants)
        self._gathered = False

    async def run(self) -> None:
        """Until cancelled. Any number of processes may have one."""
        unlisten = listen(self._sessions, TOPIC, lambda _moment: self._wake.set())
        try:
            while True:
                await self._step()
        finally:
            unlisten()

    async def drain(self) -> int:
        """Hand on what has been recorded; how many events."""
        total = count = await self._hand_on_somehow()
        # What is recorded meanwhile is announced, and drained by itself.
        while count == BATCH:
            count = await self._hand_on_somehow()
            total += count
        return total

    async def _hand_on_somehow(self) -> int:
        try:
            return await self._hand_on()
        except Exception as error:
            if not self._gathered or is_outage(error):
                raise
            log.exception("a batch of events is handed on one by one")
            return await self._hand_on(one_by_one=True)

    async def _step(self) -> None:
        self._wake.clear()
        began = time.monotonic()
        try:
            await self.drain()
        except DatabaseErrors as error:
            if not is_outage(error):
                raise
            log.error("events wait, for the database does not answer", error=str(error)[:300])
        if not await is_set(self._wake, within=LOOK_SECONDS):
            return
        if (early := self._pace - (time.monotonic() - began)) > 0:
            await asyncio.sleep(early)

    async def _hand_on(self, *, one_by_one: bool = False) -> int:
        now = self._clock.now()
        # What is gathered once is soon gathered again: then to find it out first would be one trip more.
        if not self._gathered and not one_by_one:
            count = await self._trip.hand_on(now)
            if count is not None:
                return count
        async with self._sessions.begin() as session:
            dialect = session.get_bind().dialect.name
            if dialect == "postgresql":
                await session.execute(TAKE_TURN)
            waiting = [read(row) for row in await session.execute(self._wants.statement)]
            jobs = await self._gather(session, waiting, now, one_by_one=one_by_one)
            jobs += self._wants.jobs(waiting, now)
            batches, told = plan(waiting, jobs, now, dialect=dialect)
            await bulk.execute_each(session, *batches)
            for topic, moment in told.items():
                announce(session, topic, moment)
        return len(waiting)

    async def _gather(
        self, session: AsyncSession, waiting: Sequence[Waiting], now: datetime, *, one_by_one: bool
    ) -> list[dict[str, Any]]:
        """The jobs that are left to do it instead."""
        gatherers = self._wants.gathering(waiting)
        self._gathered = bool(gatherers)
        if one_by_one:
            return [
                calls.row_for(each.name, one.event, now)
                for one in waiting
                for each in gatherers
                if self._wants.are_met(each.name, one)
                and not await _gathers(each, session, one.event, now)
            ]
        for each in gatherers:
            await each.handler(session, [one.event for one in waiting], now)
        return []


async def _gathers(each: Gatherer, session: AsyncSession, event: Recorded, now: datetime) -> bool:
    try:
        async with session.begin_nested():
            await each.handler(session, [event], now)
    except Exception as error:
        if is_outage(error):
            raise
        log.exception("an event is left to a job", gatherer=each.name, id=event.id, kind=event.kind)
        return False
    return True
