"""The engine at work: when it starts things, what it starts, and how it stops."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from structlog.testing import capture_logs

from rallypoint.kernel import jobs
from rallypoint.kernel.jobs import Affinity, Job, Run, Timer, TimerState
from rallypoint.kernel.jobs.engine import LOOK_AHEAD

from .conftest import PATIENCE, Gate, Handler

SECOND = timedelta(seconds=1)
TICK = timedelta(microseconds=1)


async def test_a_timer_is_started_on_time_and_not_before(promise, engine_for, running, clock, rows):
    say, probe = Handler(), Handler()
    running(engine_for({"reminders.say": Job(handler=say), "test.probe": Job(handler=probe)}))
    due = clock.now() + 30 * SECOND
    await promise("reminders.say", due=due)
    await promise("test.probe", due=due - TICK)
    await clock.is_awaited(due - TICK - LOOK_AHEAD)

    clock.set(due - TICK)
    await probe.called()
    await clock.is_awaited(due)
    assert say.calls == []

    clock.set(due)
    await say.called()


async def test_what_is_due_soon_is_claimed_ahead(promise, engine_for, running, clock):
    engine = engine_for({"reminders.say": Job(handler=Handler())})
    running(engine)
    soon = clock.now() + LOOK_AHEAD
    await promise("reminders.say", due=soon)
    await promise("reminders.say", due=soon + TICK)
    await clock.is_awaited(soon)

    assert (engine.claimed, engine.running) == (1, 0)


async def test_one_cancelled_after_it_was_claimed_is_not_run(
    promise, sessions, engine_for, running, clock
):
    say, probe = Handler(), Handler()
    engine = engine_for({"reminders.say": Job(handler=say), "test.probe": Job(handler=probe)})
    task = running(engine)
    due = clock.now() + SECOND
    await promise("reminders.say", due=due, key="reminder:1")
    await promise("test.probe", due=due)
    await clock.is_awaited(due)
    async with sessions.begin() as session:
        assert await jobs.cancel(session, "reminder:1")

    clock.set(due)
    await probe.called()
    engine.stop()
    await task
    assert say.calls == []


async def test_one_scheduled_again_for_the_same_time_after_it_was_claimed_is_run_once(
    promise, engine_for, running, clock, rows, eventually
):
    say = Handler()
    engine = engine_for({"reminders.say": Job(handler=say)})
    task = running(engine)

    async def claimed():
        return engine.claimed

    due = clock.now() + SECOND
    await promise("reminders.say", due=due, key="reminder:1", number=1)
    await clock.is_awaited(due)
    await promise("reminders.say", due=due, key="reminder:1", number=2)
    await eventually(claimed, 2)
    clock.set(due)
    await say.called()
    engine.stop()
    await task

    assert say.args == [{"number": 2}]
    assert [run.status for run in await rows(Run)] == ["success"]


async def test_one_moved_after_it_was_claimed_is_run_at_its_new_time_only(
    promise, sessions, engine_for, running, clock, rows
):
    say, probe = Handler(), Handler()
    engine = engine_for({"reminders.say": Job(handler=say), "test.probe": Job(handler=probe)})
    task = running(engine)
    due = clock.now() + SECOND
    await promise("reminders.say", due=due, key="reminder:1")
    await promise("test.probe", due=due)
    await clock.is_awaited(due)
    async with sessions.begin() as session:
        assert await jobs.move(session, "reminder:1", due + SECOND)
    await clock.is_awaited(due)

    clock.set(due)
    await probe.called()
    await clock.is_awaited(due + SECOND)
    assert say.calls == []

    clock.set(due + SECOND)
    await say.called()
    engine.stop()
    await task
    assert len(say.calls) == 1
    assert await rows(Timer) == []


async def test_one_moved_nearer_is_run_at_its_new_time(
    promise, sessions, engine_for, running, clock
):
    say = Handler()
    running(engine_for({"reminders.say": Job(handler=say)}))
    await promise("reminders.say", due=clock.now() + timedelta(days=1), key="reminder:1")
    async with sessions.begin() as session:
        await jobs.move(session, "reminder:1", clock.now())

    await say.called()


async def test_no_more_run_at_once_than_allowed(promise, engine_for, running, clock):
    gate = Gate()
    most = 0

    async def count(work):
        nonlocal most
        most = max(most, engine.running)
        await gate(work)

    say = Handler(*[count] * 9)
    engine = engine_for({"reminders.say": Job(handler=say)}, concurrency=3)
    running(engine)
    for _ in range(9):
        await promise("reminders.say", due=clock.now())
    await say.called(3)
    gate.open()
    await say.called(9)

    assert most == 3


async def test_a_kind_that_needs_discord_waits_while_the_bot_is_away(
    promise, engine_for, running, clock, rows
):
    able = {Affinity.ANY}
    close, say = Handler(), Handler()
    engine = engine_for(
        {
            "rooms.close": Job(handler=close, affinity=Affinity.DISCORD),
            "reminders.say": Job(handler=say),
        },
        affinities=lambda: frozenset(able),
    )
    running(engine)
    await promise("rooms.close", due=clock.now())
    await promise("reminders.say", due=clock.now())
    await say.called()
    assert close.calls == []
    assert [timer.kind for timer in await rows(Timer) if timer.kind == "rooms.close"]
    assert all(run.kind != "rooms.close" for run in await rows(Run))

    able.add(Affinity.DISCORD)
    engine.wake()
    await close.called()


async def test_one_claimed_while_the_bot_was_here_waits_when_it_has_gone(
    promise, engine_for, running, clock, rows
):
    able = {Affinity.ANY, Affinity.DISCORD}
    close, say = Handler(), Handler()
    engine = engine_for(
        {
            "rooms.close": Job(handler=close, affinity=Affinity.DISCORD),
            "reminders.say": Job(handler=say),
        },
        affinities=lambda: frozenset(able),
    )
    task = running(engine)
    due = clock.now() + SECOND
    await promise("rooms.close", due=due)
    await promise("reminders.say", due=due)
    await clock.is_awaited(due)
    able.discard(Affinity.DISCORD)
    clock.set(due)
    await say.called()
    engine.stop()
    await task

    assert close.calls == []
    (timer,) = await rows(Timer)
    assert (timer.kind, timer.state, timer.attempts) == ("rooms.close", TimerState.WAITING, 0)


async def test_stopping_lets_the_running_end_and_gives_back_the_rest(
    promise, engine_for, running, clock, rows
):
    gate = Gate()
    say = Handler(gate)
    engine = engine_for({"reminders.say": Job(handler=say)})
    task = running(engine)
    await promise("reminders.say", due=clock.now() + SECOND, text="later")
    await clock.is_awaited(clock.now() + SECOND)
    await promise("reminders.say", due=clock.now(), text="now")
    await say.called()
    engine.stop()
    await asyncio.sleep(0)
    assert not task.done()

    gate.open()
    await asyncio.wait_for(task, PATIENCE)
    assert [run.status for run in await rows(Run)] == ["success"]
    (timer,) = await rows(Timer)
    assert (timer.args, timer.state, timer.worker) == ({"text": "later"}, TimerState.WAITING, None)
    assert await rows(jobs.Worker) == []


async def test_what_does_not_end_within_the_bound_is_interrupted_and_not_held_against_it(
    promise, engine_for, running, clock, rows
):
    say = Handler(Gate())
    engine = engine_for({"reminders.say": Job(handler=say)}, stop_bound=timedelta(0))
    task = running(engine)
    await promise("reminders.say", due=clock.now())
    await say.called()
    engine.stop()
    with capture_logs() as lines:
        await asyncio.wait_for(task, PATIENCE)

    assert [run.status for run in await rows(Run)] == ["interrupted"]
    assert [each for each in lines if each["log_level"] == "error"] == []
    (timer,) = await rows(Timer)
    assert (timer.state, timer.attempts, timer.due_at) == (TimerState.WAITING, 0, clock.now())


async def test_cancelling_the_engine_stops_it_as_well(promise, engine_for, running, clock, rows):
    gate = Gate()
    say = Handler(gate)
    engine = engine_for({"reminders.say": Job(handler=say)})
    task = running(engine)
    await promise("reminders.say", due=clock.now())
    await say.called()
    task.cancel()
    gate.open()
    await asyncio.wait([task], timeout=PATIENCE)

    assert task.cancelled()
    assert [run.status for run in await rows(Run)] == ["success"]
    assert await rows(Timer) == []


async def test_its_heartbeat_tells_whether_it_is_at_work(promise, engine_for, running, clock):
    say = Handler()
    engine = engine_for({"reminders.say": Job(handler=say)})
    assert engine.heartbeat_at is None

    task = running(engine)
    await promise("reminders.say", due=clock.now())
    await say.called()
    assert engine.heartbeat_at == clock.now()

    engine.stop()
    await task
    assert engine.heartbeat_at is None
