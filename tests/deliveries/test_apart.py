"""However many destinations hang, a healthy one is sent to."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import update

from rallypoint.features.deliveries import feature as deliveries_feature
from rallypoint.features.deliveries.feature import MOST_SLOW
from rallypoint.features.deliveries.model import Destination
from rallypoint.features.subscriptions.feature import feature as subscriptions_feature
from rallypoint.kernel.events import Relay

from .receiver import receiving

HOLES, CONCURRENCY = 40, 3
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""It is the engine's doing, and that is tried on both."""


@pytest.fixture
async def hole():
    async with receiving() as hole:
        hole.hold = asyncio.Event()
        yield hole
        hole.hold.set()


@pytest.fixture
def settings(settings, hole, allowing):
    return allowing(hole.url, settings)


@pytest.fixture
def at_work(sessions, clock, engine_for, running, carrier):
    """The program, but that only three jobs run at a time which are not apart."""

    def start():
        jobs = deliveries_feature.feature.jobs
        running(engine_for(jobs, carrier=carrier, concurrency=CONCURRENCY))
        return Relay(sessions, [], clock=clock, gatherers=subscriptions_feature.gatherers)

    return start


@pytest.mark.parametrize("known", [False, True], ids=["never tried", "known to be slow"])
async def test_a_healthy_one_among_many_that_hang_gets_its_events(
    subscribed, joins, receiver, hole, sessions, at_work, eventually, known
):
    for _ in range(HOLES):
        await subscribed(url=hole.url)
    if known:
        async with sessions.begin() as session:
            await session.execute(update(Destination).values(slowly=True))
    await subscribed()
    relay = at_work()

    most = MOST_SLOW if known else HOLES

    async def hung():
        return hole.waiting >= most

    async def got():
        return len(receiver.got)

    await joins()
    await relay.drain()
    await eventually(hung, True)
    for count in range(2, 6):
        await joins(channel=count)
        await relay.drain()
        await eventually(got, count)

    assert hole.waiting <= most + CONCURRENCY
