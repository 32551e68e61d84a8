"""An old worker beside a new one: what only one of them knows is that one's, and nothing waits for a restart."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from pydantic import BaseModel, ConfigDict
from sqlalchemy import update

from rallypoint.adapters.db import Database
from rallypoint.kernel import jobs
from rallypoint.kernel.jobs import Interval, Job, Run, Timer, TimerState, schedules
from rallypoint.kernel.jobs.adoption import Parking, adopt
from rallypoint.kernel.jobs.leases import Leases
from rallypoint.kernel.jobs.schedules import Wanted
from rallypoint.kernel.jobs.stores import store_for

from .conftest import PATIENCE, Gate, Handler

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
OFTEN = timedelta(milliseconds=20)
ON_POSTGRES = pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
PARKED, WAITING = TimerState.UNSUPPORTED, TimerState.WAITING


class Old(BaseModel):
    model_config = ConfigDict(extra="forbid")


class New(BaseModel):
    model_config = ConfigDict(extra="forbid")

    weeks: int = 1


@pytest.fixture
async def elsewhere(database_url):
    async with await Database.open(database_url) as database:
        yield database.sessions


@pytest.fixture
def states(rows, eventually):
    """`await states("waiting", …)`: until the timers, the oldest first, are in these."""

    async def look():
        return [timer.state for timer in await rows(Timer)]

    async def wait(*wanted: TimerState) -> None:
        await eventually(look, [*wanted])

    return wait


async def beats(engine, clock, times: int = 5) -> None:
    """Let *engine* look after its timers so many times."""
    async with asyncio.timeout(PATIENCE):
        for _ in range(times):
            clock.advance(timedelta(microseconds=1))
            while engine.heartbeat_at != clock.now():  # noqa: ASYNC110  # a beat is no event
                await asyncio.sleep(0.005)


async def test_a_kind_that_nobody_knows_is_parked_before_it_is_due_and_stays_so(
    promise, engine_for, running, states, rows, clock
):
    engine = engine_for({}, beat=OFTEN)
    running(engine)
    await promise("future.thing", due=clock.now() + SECOND)
    await states(PARKED)
    clock.advance(SECOND)
    await beats(engine, clock)

    (timer,) = await rows(Timer)
    assert (timer.state, timer.token, timer.attempts) == (PARKED, 1, 0)
    assert "no such kind" in timer.last_error
    assert await rows(Run) == []


@ON_POSTGRES
async def test_what_an_old_worker_had_first_is_run_by_the_new_one_without_a_restart(
    promise, elsewhere, engine_for, running, rows, clock, eventually
):
    gate = Gate()
    say = Handler(gate)
    new = engine_for(
        {"future.thing": Job(handler=say)}, beat=OFTEN, on=elsewhere, concurrency=1, builtins=None
    )
    running(new)
    await promise("future.thing", due=clock.now(), number=0)
    await say.called()
    running(engine_for({}, beat=OFTEN))
    for number in range(1, 9):
        await promise("future.thing", due=clock.now(), number=number)

    async def parked():
        return PARKED in [timer.state for timer in await rows(Timer)]

    # Its hands are full, so the old one comes to have some.
    await eventually(parked, True)
    gate.open()
    await say.called(9)
    await eventually(lambda: rows(Timer), [])

    assert sorted(args["number"] for args in say.args) == list(range(9))
    assert [run.status for run in await rows(Run)] == ["success"] * 9


@ON_POSTGRES
async def test_a_config_that_an_old_worker_cannot_read_is_run_by_the_new_one(
    sessions, elsewhere, engine_for, running, rows, states, clock
):
    sweep, old_sweep = Handler(), Handler()
    kinds = {"test.sweep": Job(handler=sweep, config=New, words="sweeps")}
    async with sessions.begin() as session:
        wanted = Wanted(name="s", kind="test.sweep", recurrence=Interval(HOUR), config={"weeks": 3})
        await schedules.create(session, kinds, wanted, by=None, now=clock.now())
    running(engine_for({"test.sweep": Job(handler=old_sweep, config=Old)}, beat=OFTEN))
    clock.advance(HOUR)
    await states(PARKED)
    running(engine_for(kinds, beat=OFTEN, on=elsewhere, builtins=None))
    await sweep.called()

    assert sweep.args == [{"weeks": 3}]
    assert old_sweep.calls == []


@ON_POSTGRES
async def test_one_that_a_new_worker_cannot_read_either_is_looked_at_once_and_left(
    sessions, engine_for, running, rows, clock
):
    engine = engine_for({"test.sweep": Job(handler=Handler(), config=Old)}, beat=OFTEN)
    running(engine)
    await beats(engine, clock, 1)
    async with sessions.begin() as session:
        await jobs.schedule(session, "test.sweep", due=clock.now())
        await session.execute(update(Timer).values(state=PARKED, terms={"how": "moon"}))
    await beats(engine, clock, 9)

    (timer,) = await rows(Timer)
    assert timer.state == PARKED
    assert timer.token <= 2


@ON_POSTGRES
async def test_what_is_parked_in_a_lane_is_not_taken_beside_one_that_runs(
    sessions, promise, engine_for, running, rows, clock
):
    gate = Gate()
    say = Handler(gate)
    engine = engine_for({"reminders.say": Job(handler=say)}, beat=OFTEN)
    running(engine)
    await promise("reminders.say", due=clock.now(), lane="a", number=1)
    await say.called()
    await promise("reminders.say", due=clock.now(), lane="a", number=2)
    async with sessions.begin() as session:
        await session.execute(update(Timer).where(Timer.state == WAITING).values(state=PARKED))
    await beats(engine, clock)
    assert len(say.calls) == 1

    gate.open()
    await say.called(2)


@ON_POSTGRES
async def test_what_is_parked_of_one_lane_is_taken_one_at_a_time_and_in_order(
    sessions, engine_for, running, clock
):
    gates = [Gate() for _ in range(3)]
    say = Handler(*gates)
    engine = engine_for({"reminders.say": Job(handler=say)}, beat=OFTEN)
    running(engine)
    await beats(engine, clock, 1)
    async with sessions.begin() as session:
        for number in range(3):
            # The last of them was due first.
            due = clock.now() - number * SECOND
            await jobs.schedule(session, "reminders.say", due=due, lane="a", number=number)
        await session.execute(update(Timer).values(state=PARKED))
    for number, gate in enumerate(gates):
        await say.called(number + 1)
        await beats(engine, clock)

        assert [args["number"] for args in say.args] == list(range(number + 1))
        gate.open()


@ON_POSTGRES
async def test_what_was_left_out_does_not_hold_its_lane(sessions, promise, rows, clock):
    store = store_for(sessions)
    await Leases(store).take()
    for number in range(2):
        await promise("reminders.say", due=clock.now(), lane="a", number=number)
    async with sessions.begin() as session:
        await session.execute(update(Timer).values(state=PARKED))
    unreadable, other = await rows(Timer)
    adopted = await adopt(store, ["reminders.say"], but={unreadable.id}, limit=10)

    assert [claim.id for claim in adopted] == [other.id]


@ON_POSTGRES
async def test_however_many_are_left_out_the_others_are_taken(sessions, promise, clock):
    store = store_for(sessions)
    await Leases(store).take()
    await promise("reminders.say", due=clock.now())
    async with sessions.begin() as session:
        await session.execute(update(Timer).values(state=PARKED))
    left_out = range(1_000_000, 1_040_000)

    assert len(await adopt(store, ["reminders.say"], but=left_out, limit=10)) == 1


@ON_POSTGRES
async def test_what_is_of_no_known_kind_is_not_kept_in_mind(sessions, promise, clock):
    store = store_for(sessions)
    kinds: dict[str, Job] = {}
    await Leases(store).take()
    await promise("future.thing", due=clock.now())
    parking = Parking(store, kinds)
    claims, _ = await store.claim(until=clock.now(), limit=10, without=())
    await parking.put_aside(claims)
    kinds["future.thing"] = Job(handler=Handler())

    assert len(await parking.adopt(kinds, limit=10)) == 1
