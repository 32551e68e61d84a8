"""What one worker takes of what others parked, by the statement that takes it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from rallypoint.kernel.jobs import Timer, TimerState, Worker
from rallypoint.kernel.jobs.adoption import adopt
from rallypoint.kernel.jobs.claims import Outcome
from rallypoint.kernel.jobs.leases import Leases
from rallypoint.kernel.jobs.rules import DONE
from rallypoint.kernel.jobs.stores import store_for
from rallypoint.kernel.jobs.timers import RunStatus

KIND = "reminders.say"
SECOND = timedelta(seconds=1)
pytestmark = pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture
async def store(sessions):
    store = store_for(sessions)
    await Leases(store).take()
    return store


@pytest.fixture
def park(sessions, promise, clock):
    """`await park(lane="a")`: so many timers of it, the last of which was due first."""

    async def park(*lanes):
        for number, lane in enumerate(lanes):
            await promise(KIND, due=clock.now() - number * SECOND, lane=lane, number=number)
        async with sessions.begin() as session:
            waiting = update(Timer).where(Timer.state == TimerState.WAITING)
            await session.execute(waiting.values(state=TimerState.UNSUPPORTED))

    return park


async def adopted(store):
    return [claim.args["number"] for claim in await adopt(store, [KIND], but=(), limit=10)]


async def test_of_a_lane_the_oldest_alone_is_taken(store, park):
    await park("a", "a", "b", None, None)

    assert sorted(await adopted(store)) == [0, 2, 3, 4]
    assert await adopted(store) == []


async def test_none_of_a_lane_is_taken_while_another_is_held_or_waits_before_it(
    store, promise, park, clock
):
    await promise(KIND, due=clock.now(), lane="a", number=9)
    await store.claim(until=clock.now(), limit=1, without=())
    await park("a")

    assert await adopted(store) == []


async def test_who_parked_it_can_write_nothing_more_of_it(store, promise, clock, rows):
    await promise(KIND, due=clock.now(), number=1)
    ((former,), _) = await store.claim(until=clock.now(), limit=1, without=())
    await store.park([former], "not for us")
    (taken,) = await adopt(store, [KIND], but=(), limit=10)
    now = clock.now()
    outcome = Outcome(former, store.worker, RunStatus.SUCCESS, now, now, 1, None, DONE)

    assert taken.id == former.id
    assert await store.finish([outcome]) == set()
    assert await store.start([former], now=now) == set()
    assert await store.start([taken], now=now) == {taken.id}


async def test_who_is_not_on_the_list_of_workers_takes_nothing(store, sessions, park):
    await park(None)
    async with sessions.begin() as session:
        await session.execute(delete(Worker))

    assert await adopted(store) == []


async def test_what_is_taken_is_as_new(store, park, rows):
    await park(None)
    await adopted(store)

    (timer,) = await rows(Timer)
    assert (timer.state, timer.worker) == (TimerState.CLAIMED, store.worker)
    assert (timer.started_at, timer.last_error, timer.attempts) == (None, None, 0)
