"""A killed process loses nothing, and what it was at is run again."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from rallypoint.kernel.clock import SystemClock
from rallypoint.kernel.errors import CannotStart
from rallypoint.kernel.jobs import Interval, Job, Run, Schedule, Timer, schedules
from rallypoint.kernel.jobs.schedules import Wanted

from .conftest import PATIENCE, Handler
from .engine_process import BEAT, LEASE

ROOT = Path(__file__).parents[2]
HOUR = timedelta(hours=1)


@pytest.fixture
async def other_process(database_url):
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.kernel.engine_process",
        database_url,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    yield process
    if process.returncode is None:
        process.kill()
    await process.wait()


async def test_what_a_killed_process_was_at_is_run_by_another(
    promise, engine_for, running, rows, other_process
):
    clock = SystemClock()
    await promise("reminders.say", due=clock.now(), number=1)
    await promise("reminders.say", due=clock.now() + timedelta(hours=1), number=2)
    line = await asyncio.wait_for(other_process.stdout.readline(), PATIENCE)
    assert line == b"running 1\n"

    other_process.kill()
    await other_process.wait()
    say = Handler()
    engine = engine_for({"reminders.say": Job(handler=say)}, clock=clock, lease=LEASE, beat=BEAT)
    task = running(engine)
    await say.called()
    engine.stop()
    await task

    assert [(run.status, run.attempt) for run in await rows(Run)] == [
        ("interrupted", 1),
        ("success", 1),
    ]
    assert say.args == [{"number": 1}]
    assert say.calls[0].attempt == 1
    assert [timer.args for timer in await rows(Timer)] == [{"number": 2}]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_file_that_another_process_is_at_is_refused_by_its_number(
    promise, engine_for, clock, other_process
):
    await promise("reminders.say", due=SystemClock().now(), number=1)
    await asyncio.wait_for(other_process.stdout.readline(), PATIENCE)

    with pytest.raises(CannotStart, match=f"process {other_process.pid};"):
        await engine_for({}).run()


async def says(process, words: str) -> None:
    """Wait for a line with these *words*."""
    async with asyncio.timeout(PATIENCE):
        while words not in (line := (await process.stdout.readline()).decode()):
            assert line, "it has ended"


@pytest.fixture
def scheduled(sessions):
    """`await scheduled(attempts)`: an hourly schedule that is to run now."""

    async def schedule(attempts: int | None = None) -> datetime:
        kinds = {"reminders.say": Job(handler=Handler(), words="says")}
        wanted = Wanted(
            name="s", kind="reminders.say", recurrence=Interval(HOUR), attempts=attempts
        )
        now = SystemClock().now()
        async with sessions.begin() as session:
            row = await schedules.create(session, kinds, wanted, by=None, now=now)
            await schedules.run_now(session, row.id, now=now)
        return now

    return schedule


@pytest.mark.parametrize("attempts", [None, 1], ids=["with attempts left", "with none"])
async def test_a_schedule_whose_run_was_killed_is_marked_and_that_run_repeated(
    scheduled, promise, engine_for, running, rows, other_process, attempts
):
    made_at = await scheduled(attempts)
    await says(other_process, "running")
    other_process.kill()
    await other_process.wait()
    (killed,) = await rows(Schedule)
    assert (killed.next_run_at, killed.last_status) == (made_at, None)

    say, probe = Handler(), Handler()
    kinds = {"reminders.say": Job(handler=say), "test.probe": Job(handler=probe)}
    engine = engine_for(kinds, clock=SystemClock(), lease=LEASE, beat=BEAT)
    task = running(engine)
    await say.called()
    await promise("test.probe", due=SystemClock().now())
    await probe.called()
    engine.stop()
    await task

    (schedule,) = await rows(Schedule)
    ours = [run for run in await rows(Run) if run.kind == "reminders.say"]
    assert [(run.status, run.attempt) for run in ours] == [("interrupted", 1), ("success", 1)]
    assert schedule.next_run_at == made_at + HOUR
    assert schedule.last_status == "success"
    assert schedule.failures == 1


async def test_a_restart_keeps_what_is_next_and_what_was_last(
    promise, sessions, engine_for, drain, clock, rows
):
    sweep = Handler(OSError("no"), None)
    kinds = {"test.sweep": Job(handler=sweep, attempts=1, words="sweeps")}
    wanted = Wanted(name="s", kind="test.sweep", recurrence=Interval(HOUR))
    async with sessions.begin() as session:
        await schedules.create(session, kinds, wanted, by=None, now=clock.now())
    clock.advance(HOUR)
    await drain(kinds)
    clock.advance(HOUR / 2)
    seen = []
    for _ in range(3):
        await drain(kinds)
        (row,) = await rows(Schedule)
        seen.append((row.next_run_at, row.last_run_at, row.last_status, row.last_error))

    assert len(sweep.calls) == 1
    assert seen == [seen[0]] * 3
    assert seen[0][:3] == (clock.now() + HOUR / 2, clock.now() - HOUR / 2, "failed")
    assert "OSError: no" in seen[0][3]


@pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
async def test_a_stopped_process_that_wakes_after_its_lease_records_nothing(
    promise, engine_for, running, rows, other_process
):
    clock = SystemClock()
    await promise("reminders.say", due=clock.now(), number=1)
    await says(other_process, "running 1")
    other_process.send_signal(signal.SIGSTOP)
    say = Handler()
    engine = engine_for({"reminders.say": Job(handler=say)}, clock=clock, lease=LEASE, beat=BEAT)
    task = running(engine)
    await say.called()
    engine.stop()
    await task
    before = [(run.status, run.attempt, run.worker) for run in await rows(Run)]
    other_process.send_signal(signal.SIGCONT)
    other_process.stdin.write(b"\n")
    await says(other_process, "its outcome is not recorded")

    assert [(status, attempt) for status, attempt, _ in before] == [
        ("interrupted", 1),
        ("success", 1),
    ]
    assert [(run.status, run.attempt, run.worker) for run in await rows(Run)] == before
    assert await rows(Timer) == []
