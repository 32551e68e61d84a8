"""What came of the attempts is written in batches, but nobody in a lane waits for one to fill."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from rallypoint.kernel.jobs import Job, RunStatus, recorder
from rallypoint.kernel.jobs.claims import Claim, Outcome
from rallypoint.kernel.jobs.recorder import Recorder
from rallypoint.kernel.jobs.rules import DONE
from rallypoint.kernel.jobs.runner import Runner

from .conftest import PATIENCE

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
TURNS = 20


class Store:
    worker = "w"

    def __init__(self):
        self.written = []

    async def finish(self, outcomes):
        ids = {outcome.claim.id for outcome in outcomes}
        self.written.append(ids)
        return ids


@pytest.fixture
def attempts():
    """As a runner has them."""
    has_ended, frees_lane = asyncio.Event(), asyncio.Event()
    return SimpleNamespace(ended=[], has_ended=has_ended, frees_lane=frees_lane)


@pytest.fixture
def late(monkeypatch, attempts):
    """A recorder in whose engine timers are late, and that would wait for an hour for more outcomes."""
    monkeypatch.setattr(recorder, "GATHER", timedelta(hours=1))
    return Recorder(cast(Any, Store()), attempts, lambda _: None, lambda: True)


def claim(number, lane=None):
    return Claim(number, 1, "x", None, lane, {}, NOW, NOW, 0)


def outcome(number, lane=None):
    return Outcome(claim(number, lane), "w", RunStatus.SUCCESS, NOW, NOW, 1, None, DONE)


async def test_while_timers_are_late_outcomes_wait_until_one_frees_a_lane(late, attempts):
    attempts.ended.append(outcome(1))
    attempts.has_ended.set()
    step = asyncio.create_task(late.step())
    for _ in range(TURNS):
        await asyncio.sleep(0)
    assert late._store.written == []

    attempts.ended.append(outcome(2, lane="a"))
    attempts.frees_lane.set()
    await asyncio.wait_for(step, PATIENCE)
    assert late._store.written == [{1, 2}]


async def test_once_it_is_free_the_next_ones_are_gathered_again(late, attempts):
    attempts.ended.append(outcome(1, lane="a"))
    attempts.has_ended.set()
    attempts.frees_lane.set()
    await asyncio.wait_for(late.step(), PATIENCE)

    assert not attempts.has_ended.is_set()
    assert not attempts.frees_lane.is_set()


@pytest.mark.parametrize("lane", [None, "a"])
async def test_the_runner_says_that_a_lane_is_free(clock, lane):
    async def do(work):
        pass

    means: dict[str, Any] = {"clock": clock, "discord": None, "folder": Path("x")}
    runner = Runner({"x": Job(handler=do)}, cast(Any, None), most=1, **means)
    runner.begin([claim(1, lane)], worker="w", now=NOW)
    await runner.until_idle()

    assert runner.has_ended.is_set()
    assert runner.frees_lane.is_set() == (lane is not None)
