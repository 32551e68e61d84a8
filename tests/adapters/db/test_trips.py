"""The way to SQLite's thread, whose turn it is there, and when a connection to PostgreSQL is asked whether it lives."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import AsyncExitStack, closing
from pathlib import Path

import aiosqlite
import pytest
from sqlalchemy import delete, func, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from rallypoint.adapters.db import postgres
from rallypoint.kernel import bulk, jobs
from rallypoint.kernel.jobs import Timer

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ON_POSTGRES = pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture
def trips(database, monkeypatch):
    """Grows by one with each way to the driver's thread and back."""
    made = []
    go = aiosqlite.Connection._execute

    async def count(self, *arguments):
        made.append(arguments)
        return await go(self, *arguments)

    monkeypatch.setattr(aiosqlite.Connection, "_execute", count)
    return made


async def timers(database):
    async with database.sessions() as session:
        return await session.scalar(select(func.count(Timer.id)))


@ON_SQLITE
async def test_a_transaction_takes_a_trip_for_each_statement_and_one_for_its_end(database, trips):
    async with database.sessions.begin() as session:
        await session.execute(select(Timer.id))
        await session.execute(delete(Timer))

    assert len(trips) == 3


@ON_SQLITE
async def test_a_transaction_in_which_nothing_was_asked_takes_none(database, trips):
    async with database.sessions.begin() as session:
        await session.connection()

    assert trips == []


@ON_SQLITE
async def test_what_failed_is_undone_and_the_next_transaction_begins_anew(database, clock):
    async def write_and_fail():
        async with database.sessions.begin() as session:
            await jobs.schedule(session, "reminders.say", due=clock.now())
            await session.execute(text("SELECT * FROM nowhere"))

    with pytest.raises(OperationalError):
        await write_and_fail()
    async with database.sessions.begin() as session:
        await jobs.schedule(session, "reminders.say", due=clock.now())

    assert await timers(database) == 1


@ON_SQLITE
async def test_a_transaction_that_could_not_begin_does_not_hold_the_next_one_up(
    database, database_url, clock
):
    async with database.sessions.begin() as session:
        await session.execute(text("PRAGMA busy_timeout = 0"))
    path = Path(str(make_url(database_url).database))
    with closing(sqlite3.connect(path, isolation_level=None)) as elsewhere:
        elsewhere.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError, match="locked"):
            await timers(database)
    async with database.sessions.begin() as session:
        await jobs.schedule(session, "reminders.say", due=clock.now())

    assert await timers(database) == 1


@ON_SQLITE
async def test_a_statement_by_its_own_transaction_leaves_none_open(database, database_url):
    async with database.sessions.begin() as session:
        await session.execute(select(Timer.id))
    path = Path(str(make_url(database_url).database))

    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as elsewhere:
        elsewhere.execute("BEGIN IMMEDIATE")


def most(database):
    """How many connections there can be."""
    pool = database.engine.sync_engine.pool
    return pool.size() + pool._max_overflow


async def use(engine):
    """A connection, with no pause before it is given back and the next is asked for."""
    if engine.dialect.name == "sqlite":
        await bulk.visit(engine, lambda driver: None)
    else:
        async with bulk.lent(engine) as driver:
            await driver.fetch("SELECT 1")


async def test_who_waits_has_their_turn_before_who_comes_back_without_a_pause(database):
    async def use_for_ever():
        while True:
            await use(database.engine)

    busy = [asyncio.create_task(use_for_ever()) for _ in range(most(database))]
    await asyncio.sleep(0)
    async with asyncio.timeout(20):
        assert [await timers(database) for _ in range(3)] == [0, 0, 0]

    for task in busy:
        task.cancel()
    done = await asyncio.gather(*busy, return_exceptions=True)
    assert {*map(type, done)} == {asyncio.CancelledError}


async def test_who_is_cancelled_when_their_turn_has_come_hands_it_on(database):
    pool = database.engine.sync_engine.pool
    entry = pool.lend()
    async with AsyncExitStack() as others:
        for _ in range(most(database) - 1):
            await others.enter_async_context(database.engine.connect())
        first, second = [asyncio.create_task(timers(database)) for _ in range(2)]
        await asyncio.sleep(0)
        await pool.take_back(entry)
        first.cancel()

        async with asyncio.timeout(20):
            assert await second == 0
    assert first.cancelled()


@pytest.fixture
async def closed(database):
    """The process of one that the server has closed while nobody used it."""
    async with database.engine.connect() as connection:
        pid = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        driver = (await connection.get_raw_connection()).driver_connection
    async with database.engine.connect() as one, database.engine.connect() as other:
        assert (await one.execute(text("SELECT pg_backend_pid()"))).scalar_one() == pid
        await one.rollback()
        await other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        while not driver.is_closed():  # noqa: ASYNC110  # the driver has no event for it
            await asyncio.sleep(0)
    return pid


@ON_POSTGRES
async def test_a_connection_that_the_server_closed_is_not_given_to_anybody(database, closed):
    assert database.engine.sync_engine.pool.lend() is None

    async with database.engine.connect() as connection:
        found = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
    assert found != closed


@ON_POSTGRES
async def test_a_connection_that_was_idle_for_long_is_lent_to_nobody_before_it_is_asked(
    database, monkeypatch
):
    pool = database.engine.sync_engine.pool
    await pool.take_back(pool.lend())
    monkeypatch.setattr(postgres, "TRUSTED_FOR", -1)

    assert pool.lend() is None


@ON_POSTGRES
async def test_one_that_comes_back_when_there_are_enough_is_closed(database):
    pool = database.engine.sync_engine.pool
    entry = pool.lend()
    driver = entry.driver_connection
    async with AsyncExitStack() as others:
        for _ in range(pool.size()):
            await others.enter_async_context(database.engine.connect())
    await pool.take_back(entry)

    assert driver.is_closed()
    assert (pool.checkedin(), pool.checkedout()) == (pool.size(), 0)


@ON_POSTGRES
async def test_a_connection_that_was_just_used_is_the_next_to_be_used(database):
    async def pid():
        async with database.engine.connect() as connection:
            return (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()

    async with database.engine.connect(), database.engine.connect():
        pass

    assert len({await pid() for _ in range(4)}) == 1
