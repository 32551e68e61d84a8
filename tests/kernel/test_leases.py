"""Whose lease is over has lost what it held, and can record nothing."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from sqlalchemy import delete

from rallypoint.adapters.db import Database
from rallypoint.kernel.errors import CannotStart
from rallypoint.kernel.jobs import Affinity, Job, Run, Timer, TimerState, Worker
from rallypoint.kernel.jobs.leases import Leases
from rallypoint.kernel.jobs.rules import MOST_INTERRUPTIONS, Again
from rallypoint.kernel.jobs.stores import store_for

from .conftest import Gate, Handler

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
OFTEN = timedelta(milliseconds=20)
SELDOM = timedelta(hours=1)
ON_POSTGRES = pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def take_over_everything(sessions, clock, *, due):
    """As another worker does once the leases of all others have run out."""
    store = store_for(sessions)
    store.shared = False
    leases = Leases(store)
    await leases.take()
    await leases.take_over(lambda claim, _: Again(due, claim.attempts - 1), clock.now())
    # Who has noticed meanwhile and come back is left alone.
    store.shared = True
    await leases.give_up(lambda claim, _: Again(due, claim.attempts - 1), clock.now())


async def die_at_work(sessions, clock, *, started=True):
    """As a worker that is killed, and whose lease has run out since."""
    store = store_for(sessions)
    await Leases(store).take()
    claims, _ = await store.claim(until=clock.now(), limit=9, without=())
    if claims and started:
        await store.start(claims, now=clock.now())
    async with sessions.begin() as session:
        await session.execute(delete(Worker).where(Worker.id == store.worker))


async def test_a_paused_worker_that_wakes_too_late_records_nothing(
    promise, sessions, engine_for, running, clock, rows
):
    gate = Gate()
    say = Handler(gate)
    engine = engine_for({"reminders.say": Job(handler=say)}, beat=SELDOM)
    task = running(engine)
    await promise("reminders.say", due=clock.now())
    await say.called()
    await take_over_everything(sessions, clock, due=clock.now() + SELDOM)
    gate.open()
    engine.stop()
    await task

    assert [(run.status, run.attempt) for run in await rows(Run)] == [("interrupted", 1)]
    (timer,) = await rows(Timer)
    assert (timer.state, timer.due_at, timer.attempts) == (
        TimerState.WAITING,
        clock.now() + SELDOM,
        0,
    )


async def test_what_a_worker_held_ready_when_it_lost_its_lease_it_does_not_start(
    promise, sessions, engine_for, running, clock, rows
):
    say = Handler()
    running(engine_for({"reminders.say": Job(handler=say)}, beat=SELDOM))
    due = clock.now() + SECOND
    await promise("reminders.say", due=due)
    await promise("reminders.say", due=due + SECOND)
    await clock.is_awaited(due)
    await take_over_everything(sessions, clock, due=due)
    clock.set(due)
    # It has looked at the first when it comes to wait for the second.
    await clock.is_awaited(due + SECOND)

    assert say.calls == []
    assert await rows(Run) == []


async def test_who_is_not_on_the_list_of_workers_gets_nothing(promise, sessions, clock):
    await promise("reminders.say", due=clock.now())
    store = store_for(sessions)
    assert (await store.claim(until=clock.now(), limit=9, without=())).claims == []

    await Leases(store).take()
    assert len((await store.claim(until=clock.now(), limit=9, without=())).claims) == 1


async def test_a_worker_that_notices_goes_on_under_a_new_name(
    promise, sessions, engine_for, running, clock, rows
):
    gate = Gate()
    say = Handler(gate)
    engine = engine_for({"reminders.say": Job(handler=say)}, beat=OFTEN)
    task = running(engine)
    await promise("reminders.say", due=clock.now())
    await say.called()
    (before,) = await rows(Worker)
    await take_over_everything(sessions, clock, due=clock.now())
    await say.called(2)
    gate.open()
    engine.stop()
    await task

    runs = await rows(Run)
    assert [(run.status, run.attempt) for run in runs] == [("interrupted", 1), ("success", 1)]
    assert runs[0].worker == before.id != runs[1].worker


async def test_a_kill_is_held_against_no_job_and_one_that_kills_every_process_ends(
    promise, sessions, drain, clock, rows
):
    # Known, but not run here: only its being taken over is looked at.
    kinds = {"rooms.close": Job(handler=Handler(), attempts=2, affinity=Affinity.DISCORD)}
    await promise("rooms.close", due=clock.now())
    for times in range(1, MOST_INTERRUPTIONS + 2):
        await die_at_work(sessions, clock)
        await drain(kinds, affinities=frozenset)
        (timer,) = await rows(Timer)
        assert (timer.state == TimerState.FAILED) == (times >= MOST_INTERRUPTIONS)
        clock.advance(MINUTE)

    assert {(run.status, run.attempt) for run in await rows(Run)} == {("interrupted", 1)}
    assert len(await rows(Run)) == MOST_INTERRUPTIONS


async def test_a_job_that_failed_and_was_killed_has_as_many_attempts_as_one_that_only_failed(
    promise, sessions, drain, clock, rows
):
    kinds = {"rooms.close": Job(handler=Handler(ValueError("no"), ValueError("no")), attempts=2)}
    await promise("rooms.close", due=clock.now())
    for _ in range(2):
        await die_at_work(sessions, clock)
        await drain(kinds)
        clock.advance(MINUTE)

    runs = [(run.status, run.attempt) for run in await rows(Run)]
    assert runs == [("interrupted", 1), ("failed", 1), ("interrupted", 2), ("failed", 2)]
    assert [timer.state for timer in await rows(Timer)] == [TimerState.FAILED]


async def test_kills_of_another_turn_do_not_count(promise, sessions, drain, clock, rows):
    kinds = {"rooms.close": Job(handler=Handler(), affinity=Affinity.DISCORD)}
    for _ in range(2):
        await promise("rooms.close", key="room:1", due=clock.now())
        for _ in range(MOST_INTERRUPTIONS - 1):
            await die_at_work(sessions, clock)
            await drain(kinds, affinities=frozenset)
            clock.advance(MINUTE)

    assert [timer.state for timer in await rows(Timer)] == [TimerState.WAITING]


async def test_what_was_claimed_but_not_started_counts_no_attempt(
    promise, sessions, clock, drain, rows
):
    say = Handler()
    await promise("reminders.say", due=clock.now())
    await die_at_work(sessions, clock, started=False)

    assert await drain({"reminders.say": Job(handler=say)}) == 1
    assert [(run.status, run.attempt) for run in await rows(Run)] == [("success", 1)]


async def test_what_was_scheduled_again_while_it_was_interrupted_goes_by_the_new_wish(
    promise, sessions, clock, drain, rows
):
    say = Handler()
    await promise("reminders.say", key="reminder:1", due=clock.now(), text="old")
    await die_at_work(sessions, clock)
    await promise("reminders.say", key="reminder:1", due=clock.now() + SECOND, text="new")
    assert await drain({"reminders.say": Job(handler=say)}) == 0
    clock.advance(SECOND)
    assert await drain({"reminders.say": Job(handler=say)}) == 1
    assert say.args == [{"text": "new"}]


@ON_POSTGRES
async def test_a_worker_whose_lease_lasts_keeps_what_it_runs(
    promise, sessions, database_url, engine_for, running, clock, rows
):
    gate = Gate()
    say, sweep = Handler(gate), Handler()
    # It knows the sweep, too, or it would park it; but it may not run it.
    kinds = {
        "reminders.say": Job(handler=say),
        "test.sweep": Job(handler=sweep, affinity=Affinity.DISCORD),
    }
    running(engine_for(kinds, beat=OFTEN, affinities=lambda: frozenset({Affinity.ANY})))
    await promise("reminders.say", due=clock.now())
    await say.called()
    async with await Database.open(database_url) as elsewhere:
        other = engine_for(
            {"reminders.say": Job(handler=say), "test.sweep": Job(handler=sweep, every=MINUTE)},
            on=elsewhere.sessions,
        )
        await other.drain()

    assert len(sweep.calls) == 1
    assert len(say.calls) == 1
    assert {timer.state for timer in await rows(Timer)} == {TimerState.CLAIMED, TimerState.WAITING}
    gate.open()


@ON_SQLITE
async def test_a_second_engine_at_one_file_is_refused_and_told_who_has_it(
    promise, database_url, engine_for, running, clock
):
    say = Handler()
    running(engine_for({"reminders.say": Job(handler=say)}))
    await promise("reminders.say", due=clock.now())
    await say.called()
    async with await Database.open(database_url) as elsewhere:
        second = engine_for({}, on=elsewhere.sessions)

        with pytest.raises(CannotStart, match=f"process {os.getpid()}; stop that one first"):
            await second.run()


@ON_SQLITE
async def test_the_file_is_free_again_after_the_engine(engine_for, clock):
    await engine_for({}).drain()

    assert await engine_for({}).drain() == 0
