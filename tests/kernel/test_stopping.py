"""An engine that is cancelled while it stops: it leaves nothing behind, and nobody has what still runs here."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from rallypoint.kernel.jobs import Job, Run, Timer, TimerState, Worker
from rallypoint.kernel.jobs.leases import Leases
from rallypoint.kernel.jobs.rules import Again
from rallypoint.kernel.jobs.stores import store_for
from rallypoint.kernel.jobs.waiting import end, is_set, unbroken

from .conftest import Gate, Handler


@pytest.fixture
def cancelled_until_done(eventually):
    """`await cancelled_until_done(task)`: cancelled again and again, as by somebody who has no patience."""

    async def cancel(task):
        async def is_done():
            task.cancel()
            return task.done()

        await eventually(is_done, True)

    return cancel


async def test_one_cancelled_while_it_stops_leaves_nothing_alive_and_nothing_half_done(
    promise, engine_for, running, clock, rows, cancelled_until_done
):
    say = Handler(Gate())
    engine = engine_for({"reminders.say": Job(handler=say)}, beat=timedelta(milliseconds=20))
    before = asyncio.all_tasks()
    task = running(engine)
    await promise("reminders.say", due=clock.now())
    await say.called()
    engine.stop()
    await cancelled_until_done(task)

    assert asyncio.all_tasks() <= before
    assert engine.running == 0
    assert [run.status for run in await rows(Run)] == ["interrupted"]
    (timer,) = await rows(Timer)
    assert (timer.state, timer.worker) == (TimerState.WAITING, None)
    assert await rows(Worker) == []


async def test_what_is_running_still_is_not_given_back_before_the_lease_is_over(
    promise, sessions, clock, rows
):
    store = store_for(sessions)
    leases = Leases(store)
    await leases.take()
    for number in range(2):
        await promise("reminders.say", due=clock.now(), number=number)
    claims, _ = await store.claim(until=clock.now(), limit=2, without=())
    await store.start(claims, now=clock.now())
    await leases.give_up(
        lambda claim, _: Again(claim.due_at, claim.attempts), clock.now(), running={claims[0].id}
    )

    states = [timer.state for timer in await rows(Timer)]
    assert states == [TimerState.CLAIMED, TimerState.WAITING]
    assert [worker.id for worker in await rows(Worker)] == [store.worker]


async def test_a_statement_is_not_broken_off_by_a_second_cancellation(cancelled_until_done):
    may_end, has_ended = asyncio.Event(), asyncio.Event()

    async def statement():
        await may_end.wait()
        has_ended.set()

    task = asyncio.create_task(unbroken(statement()))
    for _ in range(3):
        await asyncio.sleep(0)
        task.cancel()
    await asyncio.sleep(0)
    assert not task.done()

    may_end.set()
    await cancelled_until_done(task)
    assert has_ended.is_set()
    assert task.cancelled()


async def test_who_ends_tasks_is_there_until_they_have_ended(cancelled_until_done):
    may_end = asyncio.Event()
    working = asyncio.create_task(unbroken(may_end.wait()))
    await asyncio.sleep(0)
    ending = asyncio.create_task(end([working]))
    for _ in range(10):
        await asyncio.sleep(0)
        ending.cancel()
    await asyncio.sleep(0)
    assert not ending.done()

    may_end.set()
    await cancelled_until_done(ending)
    assert working.cancelled()
    assert ending.cancelled()


async def test_a_cancellation_is_not_lost_to_what_is_waited_for_and_comes_with_it():
    """As when the last word of a job wakes the engine that is stopped just then."""
    event = asyncio.Event()
    waiting = asyncio.create_task(is_set(event, within=60))
    await asyncio.sleep(0)
    event.set()
    taken = waiting.cancel()
    await asyncio.wait([waiting])

    assert taken
    assert waiting.cancelled()


async def test_who_waits_for_an_event_is_told_whether_it_came():
    event = asyncio.Event()
    assert not await is_set(event, within=0)
    event.set()
    assert await is_set(event, within=0)
