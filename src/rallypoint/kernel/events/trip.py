"""Events handed on by the drivers' own verbs: to SQLite's thread in one trip, not in three with SQLAlchemy between.
Whoever waits for the database waits for as long, and the event is late by as much."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple, cast

import orjson
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from rallypoint.kernel import bulk
from rallypoint.kernel.commits import tell

from .wants import Plan, Waiting, Wants, plan, read

_LOCK = 0x72616C6C79
"""PostgreSQL's advisory lock that makes relays of several processes take turns: any number nobody else uses."""
TAKE_TURN = select(func.pg_advisory_xact_lock(_LOCK))


class Done(NamedTuple):
    events: int
    told: Mapping[str, datetime]


class Trip(ABC):
    def __init__(self, sessions: async_sessionmaker[AsyncSession], wants: Wants) -> None:
        self._sessions = sessions
        self._engine = _engine_of(sessions)
        self._wants = wants
        self._text = self._spelt(wants.statement)

    async def hand_on(self, now: datetime) -> int | None:
        """How many. None: some are to be gathered, which takes a session; nothing has been done."""
        done = await self._carry_out(now)
        if done is None:
            return None
        tell(self._sessions, done.told)
        return done.events

    @abstractmethod
    async def _carry_out(self, now: datetime) -> Done | None: ...

    def _spelt(self, statement: Any) -> str:
        literally = {"literal_binds": True}
        return str(statement.compile(dialect=self._engine.dialect, compile_kwargs=literally))

    def _plan(self, waiting: Sequence[Waiting], now: datetime) -> Plan:
        jobs = self._wants.jobs(waiting, now)
        return plan(waiting, jobs, now, dialect=self._engine.dialect.name)


class SqliteTrip(Trip):
    async def _carry_out(self, now: datetime) -> Done | None:
        work = partial(bulk.in_transaction, partial(self._hand_on, now))
        return await bulk.visit(self._engine, work)

    def _hand_on(self, now: datetime, driver: sqlite3.Connection) -> Done | None:
        waiting = [_from_sqlite(row) for row in driver.execute(self._text).fetchall()]
        if self._wants.gathering(waiting):
            return None
        batches, told = self._plan(waiting, now)
        bulk.execute_here(driver, self._engine.dialect, *batches)
        return Done(len(waiting), told)


class PostgresTrip(Trip):
    def __init__(self, sessions: async_sessionmaker[AsyncSession], wants: Wants) -> None:
        super().__init__(sessions, wants)
        self._turn = self._spelt(TAKE_TURN)

    async def _carry_out(self, now: datetime) -> Done | None:
        async with bulk.lent(self._engine) as driver, driver.transaction():
            await driver.execute(self._turn)
            waiting = [read(row) for row in await driver.fetch(self._text)]
            if self._wants.gathering(waiting):
                return None
            batches, told = self._plan(waiting, now)
            await bulk.execute_and_tell(driver, self._engine.dialect, batches, told)
            return Done(len(waiting), told)


def trip_for(sessions: async_sessionmaker[AsyncSession], wants: Wants) -> Trip:
    kind = SqliteTrip if _engine_of(sessions).dialect.name == "sqlite" else PostgresTrip
    return kind(sessions, wants)


def _engine_of(sessions: async_sessionmaker[AsyncSession]) -> AsyncEngine:
    return cast(AsyncEngine, sessions.kw["bind"])


def _from_sqlite(row: Sequence[Any]) -> Waiting:
    position, id_, kind, at, data, *rest = row
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    return read((position, id_, kind, moment, orjson.loads(data), *rest))
