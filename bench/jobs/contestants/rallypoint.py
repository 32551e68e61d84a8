from __future__ import annotations

import logging
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import structlog
from sqlalchemy import text

from bench.jobs.contract import Contestant, Place, by_thousands
from bench.jobs.starts import Writer
from rallypoint.adapters.db import Database, migrate
from rallypoint.kernel import jobs
from rallypoint.kernel.clock import SystemClock
from rallypoint.kernel.jobs import Builtin, Engine, Interval, Job, Planned, Work, recurrence

NOOP, SLOW, TICK = "bench.noop", "bench.slow", "bench.tick"
DONE = "SELECT count(*) FROM run WHERE kind = 'bench.noop' AND status = 'success'"
WORK_BEGINS = -1
"""The number noted when the worker begins, so that how long it takes to be ready does not count Python's start."""


class Rallypoint(Contestant):
    _database: Database | None = None

    async def prepare(self) -> None:
        async with await Database.open(self.place.store) as database:
            await migrate(database)

    async def open(self) -> None:
        self._database = await Database.open(self.place.store)

    async def put(self, number: int, due: float, *, slow: bool = False) -> None:
        assert self._database is not None
        async with self._database.sessions.begin() as session:
            kind = SLOW if slow else NOOP
            await jobs.schedule(session, kind, due=_instant(due), number=number, due_at=due)

    async def put_many(self, numbers: Sequence[int], due: float) -> None:
        assert self._database is not None
        for some in by_thousands(numbers):
            rows = [Planned(_instant(due), {"number": each, "due_at": due}) for each in some]
            async with self._database.sessions.begin() as session:
                await jobs.schedule_many(session, NOOP, rows)

    async def finished(self) -> int | None:
        if self.place.store.startswith("sqlite"):
            return _counted(self.place.store.removeprefix("sqlite:///"))
        assert self._database is not None
        async with self._database.engine.connect() as connection:
            return int(await connection.scalar(text(DONE)) or 0)

    async def work(self) -> None:
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
        # An application may not have a schedule of every second; the engine can.
        recurrence.SHORTEST = timedelta(seconds=1)
        ticks = [Builtin(id=TICK, kind=TICK, recurrence=Interval(timedelta(seconds=1)))]
        self.note(WORK_BEGINS, 0.0)
        database = self._database or await Database.open(self.place.store)
        await Engine(
            database.sessions,
            {
                NOOP: Job(handler=self._noop),
                SLOW: Job(handler=self._slow),
                TICK: Job(handler=self._tick),
            },
            clock=SystemClock(),
            discord=cast(Any, None),
            builtins=ticks if self.place.ticks else (),
        ).run()

    async def _noop(self, work: Work) -> None:
        self.note(work.args["number"], work.args["due_at"])

    async def _slow(self, work: Work) -> None:
        await self.run_slow(work.args["number"], work.args["due_at"])

    async def _tick(self, work: Work) -> None:
        self.note(round(work.due_at.timestamp()), work.due_at.timestamp())

    async def close(self) -> None:
        if self._database is not None:
            await self._database.close()


def _instant(due: float) -> datetime:
    return datetime.fromtimestamp(due, UTC)


def _counted(path: str) -> int:
    """From outside, without the lock a transaction of ours would take."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return int(connection.execute(DONE).fetchone()[0])
    finally:
        connection.close()


def make(place: Place, writer: Writer) -> Contestant:
    return Rallypoint(place, writer)
