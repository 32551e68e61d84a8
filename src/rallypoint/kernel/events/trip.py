"""Events handed on in one trip to SQLite's thread: with three, and SQLAlchemy between them, everybody who waits for the
one connection waits three times as long, and an event is late by as much."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple, cast

import orjson
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from rallypoint.kernel import bulk
from rallypoint.kernel.commits import tell
from rallypoint.kernel.jobs.scheduling import TOPIC as TIMERS

from . import calls
from .wants import Waiting, Wants, handed_on, read


class _Done(NamedTuple):
    events: int
    due_at: datetime | None
    """Of the first of the jobs."""


class OneTrip:
    def __init__(self, sessions: async_sessionmaker[AsyncSession], wants: Wants) -> None:
        self._sessions = sessions
        self._engine = cast(AsyncEngine, sessions.kw["bind"])
        self._wants = wants
        self._text = str(
            wants.statement.compile(
                dialect=self._engine.dialect, compile_kwargs={"literal_binds": True}
            )
        )

    async def hand_on(self, now: datetime) -> int | None:
        """How many. None: some are to be gathered, which takes a session; nothing has been done."""
        work = partial(bulk.in_transaction, partial(self._hand_on, now))
        done = await bulk.visit(self._engine, work)
        if done is not None and done.due_at is not None:
            tell(self._sessions, {TIMERS: done.due_at})
        return None if done is None else done.events

    def _hand_on(self, now: datetime, driver: sqlite3.Connection) -> _Done | None:
        waiting = [_read(row) for row in driver.execute(self._text).fetchall()]
        if self._wants.gathering(waiting):
            return None
        jobs = self._wants.jobs(waiting, now)
        batches = handed_on(waiting, now), calls.batch("sqlite", jobs)
        bulk.execute_here(driver, self._engine.dialect, *batches)
        return _Done(len(waiting), min((job["due_at"] for job in jobs), default=None))


def _read(row: tuple[Any, ...]) -> Waiting:
    position, id_, kind, at, data, *rest = row
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    return read((position, id_, kind, moment, orjson.loads(data), *rest))
