"""Two workers that meet in one lane: neither sees what the other is just taking."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from rallypoint.kernel import jobs
from rallypoint.kernel.jobs.leases import Leases
from rallypoint.kernel.jobs.line import driver_of
from rallypoint.kernel.jobs.stores import store_for

from .conftest import PATIENCE

KIND = "reminders.say"
NEVER = datetime(2000, 1, 1, tzinfo=UTC)
pytestmark = pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture
async def workers(sessions):
    """The stores of two."""
    stores = [store_for(sessions), store_for(sessions)]
    for store in stores:
        await store.open()
        await Leases(store).take()
    yield stores
    for store in stores:
        await store.close()


@pytest.fixture
def claim(clock):
    async def claim(store):
        now = clock.now()
        claims, _ = await store.claim(until=now, limit=9, without=(), now=now, at_once=[KIND])
        return claims

    return claim


@asynccontextmanager
async def held_back(store):
    """What the store claims within is committed at the end: nobody sees it before."""
    await store.claim(until=NEVER, limit=0, without=())
    driver = await driver_of(store._hand._connection)
    async with driver.transaction():
        yield


@pytest.fixture
async def met(sessions, workers, claim, clock):
    """What two workers have claimed of one lane, the first of which was committed between their claims."""
    first, second = workers
    async with sessions() as slow:
        await jobs.schedule(slow, KIND, due=clock.now(), lane="a", number=1)
        async with sessions.begin() as session:
            await jobs.schedule(session, KIND, due=clock.now(), lane="a", number=2)
        async with held_back(first):
            later = await claim(first)
            await slow.commit()
            earlier = await claim(second)
    return [*later, *earlier]


async def started(store, claims, clock):
    """Those that are begun, by their claim or by their start."""
    begun = {each.id for each in claims if each.begun}
    left = [each for each in claims if not each.begun]
    return begun | (await store.start(left, now=clock.now()) if left else set())


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["the later one", "the earlier one"])
async def test_of_two_that_were_taken_at_once_one_is_started_and_the_other_goes_back(
    met, workers, claim, clock, order
):
    begun = [await started(workers[number], [met[number]], clock) for number in order]
    back, _ = order

    assert [each.args["number"] for each in met] == [2, 1]
    assert begun == [set(), {met[order[1]].id}]
    assert await claim(workers[back]) == []
    await workers[order[1]].release([met[order[1]]])
    (next_,) = await claim(workers[back])
    assert next_.args == {"number": 1}


async def test_the_worker_that_gave_one_back_looks_again(met, workers, clock, monkeypatch):
    monkeypatch.setattr("rallypoint.kernel.jobs.postgres.LOOK", timedelta(hours=1))
    first, _ = workers
    # Returns because it has only just begun to listen.
    await first.arrivals()
    await started(first, [met[0]], clock)
    async with asyncio.timeout(PATIENCE):
        assert await first.arrivals() is None
