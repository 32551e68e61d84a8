"""A killed process loses nothing, and what it was at is run again."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from rallypoint.kernel.clock import SystemClock
from rallypoint.kernel.errors import CannotStart
from rallypoint.kernel.jobs import Job, Run, Timer

from .conftest import PATIENCE, Handler
from .engine_process import BEAT, LEASE

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def other_process(database_url):
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.kernel.engine_process",
        database_url,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
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
        ("success", 2),
    ]
    assert say.args == [{"number": 1}]
    assert say.calls[0].attempt == 2
    assert [timer.args for timer in await rows(Timer)] == [{"number": 2}]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_file_that_another_process_is_at_is_refused_by_its_number(
    promise, engine_for, clock, other_process
):
    await promise("reminders.say", due=SystemClock().now(), number=1)
    await asyncio.wait_for(other_process.stdout.readline(), PATIENCE)

    with pytest.raises(CannotStart, match=f"process {other_process.pid};"):
        await engine_for({}).run()
