"""A disk that is full: it is said, nothing is half done, and with room again all goes on."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from rallypoint.features.deliveries import feature as deliveries_feature
from rallypoint.features.subscriptions.feature import feature as subscriptions_feature
from rallypoint.kernel.db import DatabaseErrors
from rallypoint.kernel.events import Relay
from rallypoint.kernel.jobs.waiting import end

EVENTS = 150
FULL = "full"
ROOM = 1 << 20
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""The file may have no page more; a PostgreSQL's disk is its own."""


@pytest.fixture
def fill(use):
    """Not a page is left."""

    async def run():
        await use(_say, "CREATE TABLE ballast (bytes BLOB)")
        pages = await use(_ask, "PRAGMA page_count")
        await use(_say, f"PRAGMA max_page_count = {pages}")
        for size in (4000, 400, 40):
            more = f"INSERT INTO ballast VALUES (zeroblob({size}))"
            await _until_full(lambda _, more=more: use(_say, more))

    return run


async def _until_full(once):
    """How often it was done."""
    count = 0

    async def go_on():
        nonlocal count
        while True:
            await once(count)
            count += 1

    with pytest.raises(DatabaseErrors, match=FULL):
        await go_on()
    return count


async def _say(session, statement):
    await session.execute(text(statement))


async def _ask(session, statement):
    return await session.scalar(text(statement))


@pytest.mark.parametrize("handed_on", [False, True], ids=["to be handed on", "to be sent"])
async def test_what_there_was_before_arrives_when_there_is_room_again(
    subscribed, joins, sessions, clock, carrier, engine_for, running, receiver, fill, use, rows,
    eventually, handed_on,
):  # fmt: skip
    await subscribed()
    for user in range(EVENTS):
        await joins(user=user)
    relay = Relay(sessions, [], clock=clock, gatherers=subscriptions_feature.gatherers)
    if handed_on:
        await relay.drain()
    await fill()
    recorded = EVENTS + await _until_full(lambda count: joins(user=EVENTS + count))

    async def is_said():
        return any(FULL in str(said) for said in logs)

    async def came():
        clock.advance(timedelta(seconds=1))
        return len({*receiver.ids})

    async def states():
        return Counter(row.state for row in await rows())

    with capture_logs() as logs:
        engine = running(engine_for(deliveries_feature.feature.jobs, carrier=carrier))
        relaying = asyncio.create_task(relay.run())
        await eventually(is_said, True)
        # An outcome that still fits in may be there, of what arrived; the others wait.
        full = await states()
        assert full.keys() <= {"pending", "delivered"}
        assert full["delivered"] <= len({*receiver.ids})
        await use(_say, f"PRAGMA max_page_count = {ROOM}")
        await eventually(came, recorded)
        await eventually(states, {"delivered": recorded})
        assert not engine.done()
        await end([relaying])

    users = [int(got.json["data"]["user_id"]) for got in receiver.got]
    assert [*dict.fromkeys(users)] == [*range(recorded)]
