"""A loop that is blocked is seen from beside it, and what blocks it is named."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog

from rallypoint.kernel.jobs import Job
from rallypoint.kernel.watchdog import LOOK, Lasting, Watchdog

from .conftest import PATIENCE, Handler

ROOT = Path(__file__).parents[2]
BLOCKED = "The event loop is blocked: all else in this process waits"
MOVES = "The event loop moves again"
WITHIN = 2.0
"""Seconds from the start of a block until it is told."""


class Told:
    """What was logged, and when."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def __call__(self, _logger, _method, line):
        self.lines.append({**line, "at": time.monotonic()})
        raise structlog.DropEvent

    def of(self, words: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["event"] == words]


@pytest.fixture
def told():
    told, before = Told(), structlog.get_config()
    structlog.configure(processors=[told])
    yield told
    structlog.configure(**before)


@pytest.fixture
async def watched():
    """`watched(…)` is a Watchdog(…) that watches this test's loop."""
    tasks = []

    async def watch(*args, **more) -> Watchdog:
        watchdog = Watchdog(*args, **more)
        tasks.append(asyncio.create_task(watchdog.run()))
        await asyncio.sleep(0)
        return watchdog

    yield watch
    for task in tasks:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def read_a_slow_file(seconds: float) -> None:
    threading.Event().wait(seconds)


def count_without_letting_go(seconds: float) -> None:
    """One call of C that keeps the interpreter's lock, so that no other thread runs."""
    million = min(_million() for _ in range(5))
    sum(range(int(1_000_000 * seconds / million)))


def _million() -> float:
    begun = time.process_time()
    sum(range(1_000_000))
    return time.process_time() - begun


async def watched_process(*args: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.kernel.watched_process", *args),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )


async def until_it_moves(told) -> None:
    async with asyncio.timeout(PATIENCE):
        while not told.of(MOVES):  # noqa: ASYNC110  # another thread's line is not an event
            await asyncio.sleep(0.01)


async def test_a_handler_that_blocks_the_loop_is_named_within_two_seconds(
    promise, engine_for, running, watched, told, clock
):
    begun = []

    async def block(_work):
        begun.append(time.monotonic())
        read_a_slow_file(1.9)

    engine = engine_for({"reminders.say": Job(handler=Handler(block))})
    watchdog = await watched(lambda: engine.at_work)
    running(engine)
    await promise("reminders.say", due=clock.now(), key="reminder:1")
    await until_it_moves(told)

    (line,) = told.of(BLOCKED)
    assert "in read_a_slow_file" in line["stack"]
    assert line["running"] == ["reminders.say"]
    assert line["task"].startswith("reminder:1@")
    assert line["at"] - begun[0] <= WITHIN
    assert len(told.of(MOVES)) == 1
    assert watchdog.blocks == 1
    assert timedelta(seconds=1) <= watchdog.longest < timedelta(seconds=3)


async def test_each_block_is_told_once(watched, told):
    watchdog = await watched(bound=timedelta(seconds=LOOK))
    for _ in range(2):
        read_a_slow_file(4 * LOOK)
        await until_it_moves(told)
        told.lines.remove(told.of(MOVES)[0])

    assert len(told.of(BLOCKED)) == watchdog.blocks == 2


async def test_what_keeps_the_interpreter_to_itself_is_told_when_it_lets_go(watched, told):
    await watched()
    count_without_letting_go(2)
    await until_it_moves(told)

    (line,) = told.of(BLOCKED)
    assert line["seconds"] >= 1


async def test_a_block_that_lasts_is_acted_upon_once(watched, told):
    lasted: list[timedelta] = []
    await watched(lasting=Lasting(timedelta(seconds=1.2), lasted.append))
    read_a_slow_file(1.9)
    await until_it_moves(told)

    (duration,) = lasted
    assert timedelta(seconds=1.2) <= duration < timedelta(seconds=2)


async def test_a_short_block_and_an_idle_loop_are_not_told(watched, told):
    watchdog = await watched(lasting=Lasting(timedelta(seconds=1), lambda _: None))
    read_a_slow_file(2 * LOOK)
    await asyncio.wait([asyncio.ensure_future(asyncio.Event().wait())], timeout=6 * LOOK)

    assert told.lines == []
    assert watchdog.blocks == 0


async def test_its_thread_ends_with_it():
    watching = asyncio.create_task(Watchdog().run())
    await asyncio.sleep(0)
    assert "watchdog" in {thread.name for thread in threading.enumerate()}

    watching.cancel()
    await asyncio.wait([watching])
    assert "watchdog" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize(("seconds", "stopped", "lines"), [(0.6, 2.0, 0), (1.9, 0.0, 2)])
async def test_a_process_that_was_stopped_was_not_blocked(seconds, stopped, lines):
    process = await watched_process(str(seconds))
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), PATIENCE) == b"blocking\n"
    if stopped:
        process.send_signal(signal.SIGSTOP)
        await asyncio.wait([asyncio.ensure_future(process.wait())], timeout=stopped)
        process.send_signal(signal.SIGCONT)
    # It has looked again after its loop moved, which the end of its input waits for.
    await asyncio.wait([asyncio.ensure_future(process.wait())], timeout=seconds + 3 * LOOK)
    said, _ = await asyncio.wait_for(process.communicate(b"\n"), PATIENCE)

    assert [json.loads(line)["event"] for line in said.splitlines()] == [BLOCKED, MOVES][:lines]


async def test_a_worker_that_is_blocked_begins_anew_under_the_same_id(tmp_path):
    process = await watched_process("3600", str(tmp_path / "memory"))
    said, _ = await asyncio.wait_for(process.communicate(), 2 * PATIENCE)
    lines = said.decode().splitlines()

    assert process.returncode == 0
    assert lines[0] == "blocking"
    assert [json.loads(line)["event"] for line in lines[1:-1]] == [
        BLOCKED,
        "This process begins anew, for it was blocked",
    ]
    assert lines[-1] == f"anew {process.pid}"
