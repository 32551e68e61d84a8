"""Sending again what went to several destinations."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from rallypoint.features.deliveries.model import Delivery, Destination
from rallypoint.features.destinations.service import overall, replaying
from rallypoint.features.destinations.service.log import Filter
from rallypoint.features.destinations.service.replaying import Which
from rallypoint.kernel.errors import Conflict, NotFound
from rallypoint.kernel.ids import GuildId, UserId
from rallypoint.kernel.people import Actor, Permission

from .conftest import ALICE

BIT = timedelta(microseconds=1)
MALLORY = Actor(UserId(9), GuildId(9), "mallory", Permission.MANAGE_GUILD)


@pytest.fixture
async def dead(subscribed, joins, deliver, use, sessions):
    """To two of Alice's destinations and one of Mallory's: given up on, all of it."""
    first, second = await subscribed(), await subscribed()
    await subscribed(by=MALLORY)
    await joins()
    await joins(guild=9)
    await deliver()
    async with sessions.begin() as session:
        await session.execute(update(Delivery).values(state="dead", reason="status_500"))
    return first.destination.id, second.destination.id


async def test_one_foreign_one_and_none_is_sent_again(dead, use, clock, rows, audit_log):
    ids = [row.id for row in await rows()]
    for named in (ids, [ids[0], 987654321]):
        with pytest.raises(NotFound):
            await use(replaying.replay_named, named, by=ALICE, now=clock.now())
    before = [row.state for row in await rows()]
    mine = [row.id for row in await rows() if row.destination_id in dead]
    count = await use(replaying.replay_named, mine, by=ALICE, now=clock.now())

    assert before == ["dead"] * 3
    assert count == 2
    assert [row.again for row in await rows()] == [row in mine for row in ids]
    noted = [each.subject for each in await audit_log(1) if each.action == "deliveries.replayed"]
    assert len(noted) == 2


async def test_what_is_not_active_is_left_and_named(dead, use, clock, rows, sessions):
    async with sessions.begin() as session:
        paused = await session.get_one(Destination, dead[0])
        paused.state = "paused"
    every = Which(failed=True)
    with pytest.raises(Conflict):
        await use(replaying.fitting, paused.id, every, by=ALICE)
    asked = await use(replaying.fitting, None, every, by=ALICE)
    done = await use(replaying.replay_all, None, every, by=ALICE, now=clock.now())

    assert asked == done
    assert (done.count, done.left) == (1, [paused.name])
    states = {row.destination_id: row.state for row in await rows()}
    assert (states[dead[0]], states[dead[1]]) == ("dead", "pending")


async def test_a_time_is_sent_again_with_its_first_moment_and_without_its_last(dead, use, rows):
    at = next(row.happened_at for row in await rows())
    spans = {
        "from then": Which(since=at),
        "until then": Which(until=at),
        "just after": Which(since=at + BIT),
        "until just after": Which(until=at + BIT),
        "delivered": Which(since=at, ids=[]),
    }
    found = {
        name: (await use(replaying.fitting, None, which, by=ALICE)).count
        for name, which in spans.items()
    }

    assert found == {
        "from then": 2,
        "until then": 0,
        "just after": 0,
        "until just after": 2,
        "delivered": 0,
    }
    with pytest.raises(NotFound):
        await use(
            replaying.fitting, max(row.destination_id for row in await rows()), Which(), by=ALICE
        )


async def test_nobody_sees_what_is_anothers(dead, use, rows):
    there = await use(overall.mine, by=ALICE)
    found = await use(overall.newest, Filter(), of=there, most=50)
    figures = await use(overall.figures, of=there)
    foreign = next(row.id for row in await rows() if row.destination_id not in dead)

    assert set(there) == set(dead)
    assert {row.destination_id for row in found.deliveries} == set(dead)
    assert {each.verdict for each in found.last.values()} == {"delivered"}
    assert (figures.waiting, figures.dead) == (0, 2)
    with pytest.raises(NotFound):
        await use(overall.one, foreign, by=ALICE)
