"""Kinds that are run every so often."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from rallypoint.kernel.jobs import Job, Run, Schedule, Timer, TimerState

from .conftest import Gate, Handler

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def every_minute(handler, **more):
    return {"rooms.reconcile": Job(handler=handler, every=MINUTE, **more)}


async def test_on_a_new_database_the_first_is_due_at_once(drain, clock, rows):
    sweep = Handler()

    assert await drain(every_minute(sweep)) == 1
    assert await drain(every_minute(sweep)) == 0
    assert [timer.due_at for timer in await rows(Timer)] == [clock.now() + MINUTE]


async def test_it_does_not_drift(drain, clock):
    sweep = Handler()
    start = clock.now()
    for _ in range(5):
        clock.advance(timedelta(seconds=7))
        await drain(every_minute(sweep))
        clock.advance(timedelta(seconds=53))
        await drain(every_minute(sweep))

    grid = {(work.due_at - start - timedelta(seconds=7)) % MINUTE for work in sweep.calls}
    assert grid == {timedelta(0)}
    assert len(sweep.calls) == 5


async def test_of_what_was_missed_one_is_run_now(drain, clock, rows):
    sweep = Handler()
    start = clock.now()
    await drain(every_minute(sweep))
    clock.advance(timedelta(days=3, seconds=20))

    assert await drain(every_minute(sweep)) == 1
    assert [timer.due_at for timer in await rows(Timer)] == [start + timedelta(days=3) + MINUTE]


async def test_two_never_overlap(engine_for, running, clock, rows):
    gate = Gate()
    sweep = Handler(gate)
    engine = engine_for(every_minute(sweep))
    task = running(engine)
    await sweep.called()
    clock.advance(10 * MINUTE)
    engine.wake()
    (timer,) = await rows(Timer)
    assert timer.state == TimerState.CLAIMED

    gate.open()
    await clock.is_awaited(clock.now() + MINUTE - timedelta(seconds=2))
    engine.stop()
    await task
    assert len(sweep.calls) == 1


async def test_a_restart_does_not_run_it_again_before_its_turn(drain, clock, rows):
    sweep = Handler()
    await drain(every_minute(sweep))
    clock.advance(MINUTE - timedelta(microseconds=1))

    assert await drain(every_minute(sweep)) == 0
    clock.advance(timedelta(microseconds=1))
    assert await drain(every_minute(sweep)) == 1
    assert len(await rows(Timer)) == 1


async def test_one_that_fails_waits_for_its_back_off_and_then_for_its_turn(drain, clock, rows):
    sweep = Handler(*[OSError("no")] * 3)
    start = clock.now()
    for second in range(121):
        clock.set(start + timedelta(seconds=second))
        await drain(every_minute(sweep, attempts=3)) if second % 5 == 0 else None

    assert [run.status for run in await rows(Run)] == ["failed"] * 3
    assert [work.due_at for work in sweep.calls[3:]] == [start + MINUTE, start + 2 * MINUTE]
    (schedule,) = await rows(Schedule)
    assert (schedule.successes, schedule.failures) == (2, 3)


@pytest.mark.parametrize("step", [HOUR, -HOUR], ids=["forward", "back"])
async def test_when_the_clock_jumps_an_hour_it_is_run_within_its_interval(
    engine_for, running, clock, step
):
    sweep = Handler()
    running(engine_for(every_minute(sweep), beat=timedelta(milliseconds=20)))
    await sweep.called()
    await clock.is_awaited(clock.now() + MINUTE - timedelta(seconds=2))
    clock.set(clock.now() + step)
    if step < timedelta(0):
        await clock.is_awaited(clock.now() + MINUTE - timedelta(seconds=2))
        clock.advance(MINUTE)
    await sweep.called(2)

    assert len(sweep.calls) == 2


async def test_one_claimed_ahead_when_the_clock_goes_back_is_run_within_its_interval(
    engine_for, running, clock
):
    sweep = Handler()
    running(engine_for(every_minute(sweep), beat=timedelta(milliseconds=20)))
    await sweep.called()
    await clock.is_awaited(clock.now() + MINUTE - timedelta(seconds=2))
    clock.advance(MINUTE - timedelta(seconds=1))
    await clock.is_awaited(clock.now() + timedelta(seconds=1))
    clock.set(clock.now() - HOUR)
    await clock.is_awaited(clock.now() + timedelta(seconds=1))

    clock.advance(timedelta(seconds=1))
    await sweep.called(2)


async def test_a_shorter_interval_holds_from_the_next_start(drain, clock, rows):
    sweep = Handler()
    await drain({"rooms.reconcile": Job(handler=sweep, every=HOUR)})
    await drain(every_minute(sweep))

    assert [timer.due_at for timer in await rows(Timer)] == [clock.now() + MINUTE]


@pytest.mark.parametrize("days", [1, pytest.param(14, marks=pytest.mark.chaos)])
async def test_over_a_long_run_it_keeps_its_grid_and_never_overlaps(drain, clock, rows, days):
    start = clock.now()

    async def take_a_while(_work):
        clock.advance(timedelta(minutes=17))

    sweep = Handler(*[take_a_while] * 999)
    kinds = {"rooms.reconcile": Job(handler=sweep, every=HOUR)}
    while clock.now() < start + timedelta(days=days):
        await drain(kinds)
        clock.advance(timedelta(minutes=37))

    due = [work.due_at for work in sweep.calls]
    runs = await rows(Run)
    assert all((moment - start) % HOUR == timedelta(0) for moment in due)
    assert sorted(set(due)) == due
    assert len(due) >= 20 * days
    assert all(a.finished_at <= b.started_at for a, b in itertools.pairwise(runs))
