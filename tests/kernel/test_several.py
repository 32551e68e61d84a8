"""Several processes at one database."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import make_url

from rallypoint.adapters.db import Database
from rallypoint.kernel import jobs
from rallypoint.kernel.jobs import Job, Run, Timer, TimerState

from .conftest import PATIENCE, Gate, Handler

SECOND = timedelta(seconds=1)
ON_POSTGRES = pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


@ON_POSTGRES
async def test_two_engines_run_each_timer_once(sessions, database_url, engine_for, clock, rows):
    say = Handler()
    kinds = {"reminders.say": Job(handler=say)}
    async with sessions.begin() as session:
        for number in range(2000):
            session.add(
                Timer(
                    kind="reminders.say",
                    args={"number": number},
                    state=TimerState.WAITING,
                    planned_at=clock.now(),
                    due_at=clock.now(),
                )
            )
    async with (
        await Database.open(database_url) as here,
        await Database.open(database_url) as there,
    ):
        engines = [engine_for(kinds, on=database.sessions) for database in (here, there)]
        tasks = [asyncio.create_task(engine.run()) for engine in engines]
        await say.called(2000)
        for engine in engines:
            engine.stop()
        await asyncio.gather(*tasks)

    assert sorted(args["number"] for args in say.args) == list(range(2000))
    runs = await rows(Run)
    assert len(runs) == 2000
    assert len({run.worker for run in runs}) == 2
    assert await rows(Timer) == []


@ON_POSTGRES
async def test_one_that_somebody_is_just_moving_waits_for_what_comes_of_it(
    promise, sessions, engine_for, running, clock, rows
):
    say, probe = Handler(), Handler()
    engine = engine_for({"reminders.say": Job(handler=say), "test.probe": Job(handler=probe)})
    task = running(engine)
    due = clock.now() + SECOND
    await promise("reminders.say", due=due, key="reminder:1")
    await promise("test.probe", due=due)
    await clock.is_awaited(due)
    async with sessions() as session:
        await jobs.move(session, "reminder:1", due + SECOND)
        clock.set(due)
        await probe.called()
        assert say.calls == []
        await session.rollback()

    await say.called()
    engine.stop()
    await task
    assert [run.status for run in await rows(Run)] == ["success", "success"]


async def test_what_another_process_wrote_is_noticed(
    database_url, promise, engine_for, running, clock
):
    say = Handler()
    running(engine_for({"reminders.say": Job(handler=say)}))
    await promise("reminders.say", due=clock.now())
    await say.called()
    async with await Database.open(database_url) as elsewhere:
        async with elsewhere.sessions.begin() as session:
            await jobs.schedule(session, "reminders.say", due=clock.now())

        await say.called(2)


@pytest.fixture
async def closing_time(database, database_url):
    """`async with closing_time():` the server has cut every line, and lets nobody in."""

    @asynccontextmanager
    async def closed():
        name = database.engine.url.database
        keeper = make_url(database_url).set(database="postgres")
        async with await Database.open(keeper.render_as_string(hide_password=False)) as server:

            async def tell(words):
                async with server.engine.begin() as connection:
                    await connection.execute(text(words))

            await tell(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            await tell(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                f" WHERE datname = '{name}' AND pid <> pg_backend_pid()"
            )
            yield
            await tell(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')

    return closed


@ON_POSTGRES
@pytest.mark.parametrize("refusal", [None, ConnectionRefusedError()], ids=["closed", "away"])
async def test_when_the_server_was_away_it_goes_on_where_it_was(
    promise, database, closing_time, engine_for, running, clock, rows, refusal
):
    gate, turned_away = Gate(), asyncio.Event()
    say = Handler(gate)

    def note(*_call):
        turned_away.set()
        if refusal:
            raise refusal

    engine = engine_for({"reminders.say": Job(handler=say)}, beat=timedelta(milliseconds=20))
    task = running(engine)
    await promise("reminders.say", due=clock.now(), number=1)
    await say.called()
    async with closing_time():
        event.listen(database.engine.sync_engine, "do_connect", note)
        gate.open()
        async with asyncio.timeout(PATIENCE):
            await turned_away.wait()
    event.remove(database.engine.sync_engine, "do_connect", note)
    await promise("reminders.say", due=clock.now(), number=2)
    await say.called(2)
    engine.stop()
    await task

    assert [(run.status, run.attempt) for run in await rows(Run)] == [("success", 1)] * 2
    assert await rows(Timer) == []


@ON_POSTGRES
async def test_another_process_that_schedules_wakes_the_engine(
    database_url, promise, engine_for, running, clock, monkeypatch
):
    monkeypatch.setattr("rallypoint.kernel.jobs.postgres.LOOK", timedelta(hours=1))
    say = Handler()
    running(engine_for({"reminders.say": Job(handler=say)}))
    await promise("reminders.say", due=clock.now())
    await say.called()
    async with await Database.open(database_url) as elsewhere:
        # The first may be found because the engine has only just begun to listen.
        for number in (2, 3):
            async with elsewhere.sessions.begin() as session:
                await jobs.schedule(session, "reminders.say", due=clock.now())

            await say.called(number)


@ON_POSTGRES
async def test_a_busy_engine_leaves_what_is_due_to_one_with_a_free_hand(
    database_url, promise, engine_for, running, clock
):
    gate = Gate()
    here, there = Handler(gate), Handler()
    running(engine_for({"reminders.say": Job(handler=here)}, concurrency=1))
    for _ in range(9):
        await promise("reminders.say", due=clock.now())
    await here.called()
    async with await Database.open(database_url) as elsewhere:
        other = engine_for({"reminders.say": Job(handler=there)}, on=elsewhere.sessions)

        # The busy one runs one and holds up to three.
        assert await other.drain() >= 5
    gate.open()
