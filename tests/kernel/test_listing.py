"""What is said of a schedule that does not run."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rallypoint.kernel.jobs import Affinity, Interval, Job, Run, schedules
from rallypoint.kernel.jobs.schedules import Wanted

from .conftest import Handler

HOUR = timedelta(hours=1)


@pytest.fixture
def sweep():
    return Handler()


@pytest.fixture
def listed(sessions, clock):
    async def look(job):
        async with sessions.begin() as session:
            (each,) = await schedules.listing(session)
            return each.waits_for(job, clock.now())

    return look


@pytest.mark.parametrize("affinity", list(Affinity))
async def test_one_that_is_due_where_something_is_missing_says_what_it_waits_for(
    sessions, drain, clock, sweep, listed, rows, affinity
):
    job = Job(handler=sweep, affinity=affinity, words="sweeps")
    kinds = {"test.sweep": job}
    async with sessions.begin() as session:
        wanted = Wanted(name="s", kind="test.sweep", recurrence=Interval(HOUR))
        await schedules.create(session, kinds, wanted, by=None, now=clock.now())
    clock.advance(HOUR + timedelta(seconds=5) - timedelta(microseconds=1))
    assert await listed(job) is None

    clock.advance(timedelta(microseconds=1))
    await drain(kinds, affinities=lambda: frozenset({Affinity.ANY}))
    waits = affinity is not Affinity.ANY
    assert await listed(job) == (affinity if waits else None)
    assert len(sweep.calls) == len(await rows(Run)) == (0 if waits else 1)

    await drain(kinds)
    assert await listed(job) is None
    assert [run.status for run in await rows(Run)] == ["success"]
