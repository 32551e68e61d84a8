"""Several processes at one PostgreSQL database: each thing is done once, whoever is killed."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from rallypoint.kernel import jobs
from rallypoint.kernel.jobs import Run

from .conftest import LOOK, PATIENCE

pytestmark = pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
KIND = "schedules.check_health"
MANY = 30


@pytest.fixture
async def workers(program):
    """`up` runs, and two workers beside it."""
    processes = [await program.spawn("worker") for _ in range(2)]
    await program.until(
        lambda: program.log.read_bytes().count(b"The worker is at work") == len(processes)
    )
    yield processes
    for process in processes:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.fixture
def promise(program, sessions):
    """`await promise("a")`: many timers, due in a minute, with keys that begin so."""

    async def schedule(prefix: str) -> list[str]:
        due = datetime.fromtimestamp(program.fake.clock.now(), UTC) + timedelta(minutes=1)
        keys = [f"{prefix}:{number}" for number in range(MANY)]
        async with sessions.begin() as session:
            for key in keys:
                await jobs.schedule(session, KIND, due=due, key=key)
        return keys

    return schedule


@pytest.fixture
def done(sessions):
    """`await done(keys)`: wait until each has been run; the processes that ran them."""

    async def wait(keys: list[str]) -> Counter[int]:
        had = select(Run).where(Run.key.in_(keys), Run.status == "success")
        async with asyncio.timeout(PATIENCE):
            while True:
                async with sessions() as session:
                    runs = list(await session.scalars(had))
                if {run.key for run in runs} == set(keys):
                    assert len(runs) == len(keys)
                    return Counter(int(run.worker.split(":")[1]) for run in runs)
                await asyncio.sleep(LOOK)

    return wait


async def test_each_thing_is_done_once_by_whoever_is_left(program, workers, promise, done):
    first, second = workers
    keys = await promise("with one killed")
    program.fake.clock.advance(60)
    first.kill()
    await first.wait()
    await done(keys)

    keys = await promise("with one left")
    await program.kill()
    program.fake.clock.advance(60)
    assert await done(keys) == {second.pid: MANY}

    second.terminate()
    assert await asyncio.wait_for(second.wait(), PATIENCE) == 0
