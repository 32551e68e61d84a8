"""Timers of one lane run one at a time, in the order they were written."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from rallypoint.kernel.errors import Refused
from rallypoint.kernel.jobs import Job, Run

from .conftest import Gate, Handler

SECOND = timedelta(seconds=1)
AT_ONCE = 3
"""Seconds: sooner than an engine looks that nobody has told."""


async def test_a_lane_keeps_the_order_of_writing_whatever_is_due_first(promise, drain, clock):
    say = Handler()
    for number, later in enumerate((3, 1, 2)):
        await promise("reminders.say", lane="a", due=clock.now() + later * SECOND, number=number)
    clock.advance(3 * SECOND)
    await drain({"reminders.say": Job(handler=say)})

    assert [args["number"] for args in say.args] == [0, 1, 2]


async def test_one_of_a_lane_runs_at_a_time_while_other_lanes_go_on(
    promise, engine_for, running, clock
):
    gate = Gate()
    say, other = Handler(gate), Handler()
    engine = engine_for({"reminders.say": Job(handler=say), "test.other": Job(handler=other)})
    running(engine)
    await promise("reminders.say", lane="a", due=clock.now(), number=1)
    await promise("reminders.say", lane="a", due=clock.now(), number=2)
    await promise("test.other", lane="b", due=clock.now())
    await promise("test.other", due=clock.now())
    await other.called(2)
    await say.called()
    assert [args["number"] for args in say.args] == [1]

    gate.open()
    await say.called(2)


async def test_a_waiting_retry_holds_its_lane(promise, drain, clock):
    say = Handler(OSError("no"))
    kinds = {"reminders.say": Job(handler=say)}
    await promise("reminders.say", lane="a", due=clock.now(), number=1)
    await promise("reminders.say", lane="a", due=clock.now(), number=2)

    assert await drain(kinds) == 1
    clock.advance(timedelta(minutes=5))
    assert await drain(kinds) == 2
    assert [args["number"] for args in say.args] == [1, 1, 2]


async def test_a_failed_one_lets_the_next_go(promise, drain, clock, rows):
    say = Handler(Refused("no"))
    await promise("reminders.say", lane="a", due=clock.now(), number=1)
    await promise("reminders.say", lane="a", due=clock.now(), number=2)

    assert await drain({"reminders.say": Job(handler=say)}) == 2
    assert [run.status for run in await rows(Run)] == ["failed", "success"]


async def test_an_unknown_kind_lets_the_next_go(promise, drain, clock):
    say = Handler()
    await promise("future.thing", lane="a", due=clock.now())
    await promise("reminders.say", lane="a", due=clock.now())

    assert await drain({"reminders.say": Job(handler=say)}) == 1


async def test_an_unknown_kind_lets_the_next_go_without_anybody_looking_again(
    promise, engine_for, running, clock
):
    say = Handler()
    await promise("future.thing", lane="a", due=clock.now())
    await promise("reminders.say", lane="a", due=clock.now())
    running(engine_for({"reminders.say": Job(handler=say)}))
    async with asyncio.timeout(AT_ONCE):
        await say.called()


async def test_a_long_lane_is_run_to_its_end_by_a_running_engine(
    promise, sessions, engine_for, running, clock
):
    say = Handler()
    for number in range(20):
        await promise("reminders.say", lane="a", due=clock.now(), number=number)
    running(engine_for({"reminders.say": Job(handler=say)}))
    await say.called(20)

    assert [args["number"] for args in say.args] == list(range(20))
