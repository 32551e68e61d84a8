"""What the engine asks of either store, statement by statement: a batch goes through in one, and each still checks."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from rallypoint.kernel.jobs import (
    Planned,
    Run,
    RunStatus,
    Timer,
    TimerState,
    postgres,
    schedule_many,
)
from rallypoint.kernel.jobs.claims import Outcome
from rallypoint.kernel.jobs.leases import Leases
from rallypoint.kernel.jobs.line import driver_of
from rallypoint.kernel.jobs.rules import DONE, Again
from rallypoint.kernel.jobs.stores import store_for

from .conftest import PATIENCE

SECOND = timedelta(seconds=1)
KIND = "reminders.say"
ON_POSTGRES = pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def store(sessions):
    store = store_for(sessions)
    await Leases(store).take()
    return store


@pytest.fixture
async def other(sessions):
    """Another worker's."""
    store = store_for(sessions)
    await Leases(store).take()
    return store


@pytest.fixture
def claim(clock):
    async def claim(store, *, at_once=(KIND,), limit=9, ahead=2 * SECOND):
        now = clock.now()
        claims, _ = await store.claim(
            until=now + ahead, limit=limit, without=(), now=now, at_once=at_once
        )
        return claims

    return claim


def success(claim, store, clock):
    return Outcome(claim, store.worker, RunStatus.SUCCESS, clock.now(), clock.now(), 1, None, DONE)


async def test_what_is_due_is_started_with_the_claim_and_what_is_ahead_is_not(
    promise, store, claim, clock, rows
):
    await promise(KIND, due=clock.now() + SECOND, key="ahead")
    await promise(KIND, due=clock.now(), key="due")
    claims = await claim(store)

    assert [(c.key, c.begun, c.attempts) for c in claims] == [("due", True, 0), ("ahead", False, 0)]
    assert {t.key: (t.attempts, t.started_at) for t in await rows(Timer)} == {
        "due": (1, clock.now()),
        "ahead": (0, None),
    }


async def test_a_kind_that_is_not_to_be_started_at_once_is_only_held(promise, store, claim, clock):
    await promise("future.thing", due=clock.now())

    assert [c.begun for c in await claim(store)] == [False]


async def test_a_kind_that_is_left_out_or_not_yet_near_is_not_claimed(promise, store, clock):
    await promise("future.thing", due=clock.now())
    await promise(KIND, due=clock.now() + 2 * SECOND)

    claimed = await store.claim(until=clock.now() + SECOND, limit=9, without=["future.thing"])
    assert claimed == ([], clock.now() + 2 * SECOND)


async def test_of_what_is_left_the_first_that_is_due_later_is_told(promise, store, clock):
    now = clock.now()
    await promise("left.out", due=now + 3 * SECOND)
    for number in (1, 5, 4):
        await promise(KIND, due=now + number * SECOND)
    look = {"until": now + SECOND, "without": ["left.out"]}
    claims, next_due = await store.claim(limit=9, **look)

    assert [claim.due_at for claim in claims] == [now + SECOND]
    assert next_due == now + 4 * SECOND
    assert await store.claim(limit=9, **look) == ([], now + 4 * SECOND)
    assert await store.claim(limit=9, until=now + 9 * SECOND, without=["left.out", KIND]) == (
        [],
        None,
    )


async def test_that_is_told_as_well_where_as_many_are_taken_as_could_be(promise, store, clock):
    now = clock.now()
    for number in range(3):
        await promise(KIND, due=now + number * SECOND)
    claims, next_due = await store.claim(until=now + SECOND, limit=2, without=())

    assert (len(claims), next_due) == (2, now + 2 * SECOND)


@ON_POSTGRES
async def test_a_claim_reads_no_more_than_what_it_takes_and_the_next(sessions, store, clock):
    now = clock.now()
    async with sessions.begin() as session:
        later = [Planned(now + number * SECOND) for number in range(1, 501)]
        await schedule_many(session, KIND, later)
    await store.open()
    await store.claim(until=now, limit=9, without=())
    driver = await driver_of(store._hand._connection)
    # Of what the planner then knows it makes another plan than of an unknown table.
    await driver.execute("ANALYZE timer")
    kinds = "timestamptz, text[], text, bigint, timestamptz, text[]"
    await driver.execute(f"PREPARE claim({kinds}) AS {postgres._CLAIM}")
    given = f"'{now + SECOND}', '{{}}', '{store.worker}', 9, '{now}', '{{}}'"
    plan = await driver.fetch(f"EXPLAIN (ANALYZE, TIMING OFF) EXECUTE claim({given})")
    await store.close()

    read = [int(rows) for rows in re.findall(r"actual rows=(\d+)", str(plan))]
    assert len(read) > 5
    assert max(read) == 1


async def test_what_is_a_schedules_is_never_started_with_its_claim(
    promise, sessions, store, claim, clock, rows
):
    await promise(KIND, due=clock.now())
    async with sessions.begin() as session:
        await session.execute(update(Timer).values(terms={"how": "once"}))

    assert [(c.begun, c.attempts) for c in await claim(store)] == [(False, 0)]
    assert [(t.attempts, t.started_at) for t in await rows(Timer)] == [(0, None)]


async def test_of_a_lane_only_the_oldest_is_claimed_and_none_while_it_is_held(
    promise, store, claim, clock
):
    await promise(KIND, due=clock.now() + SECOND, lane="a", number=1)
    await promise(KIND, due=clock.now(), lane="a", number=2)
    (oldest,) = await claim(store)

    assert oldest.args == {"number": 1}
    assert await claim(store) == []


async def test_a_later_attempt_is_counted_and_written_as_such(promise, store, claim, clock, rows):
    await promise(KIND, due=clock.now())
    (first,) = await claim(store)
    lost = success(first, store, clock)._replace(next=Again(clock.now(), 1))
    assert await store.record([lost]) == {first.id}
    (second,) = await claim(store)

    assert (second.begun, second.attempts, second.token) == (True, 1, first.token + 1)
    assert await store.finish([success(second, store, clock)]) == {second.id}
    assert [run.attempt for run in await rows(Run)] == [1, 2]


async def test_no_more_are_claimed_than_asked_for_and_the_earliest_first(
    promise, store, claim, clock
):
    for number in (3, 1, 2):
        await promise(KIND, due=clock.now() - number * SECOND, number=number)

    assert [c.args["number"] for c in await claim(store, limit=2)] == [3, 2]


async def test_one_claimed_cannot_be_claimed_again(promise, store, other, claim, clock):
    await promise(KIND, due=clock.now())

    assert len(await claim(store)) == 1
    assert await claim(other) == []


async def test_a_start_checks_again_that_it_is_still_ours_and_due(
    promise, sessions, store, other, claim, clock
):
    await promise(KIND, due=clock.now(), key="reminder:1")
    (claimed,) = await claim(store, at_once=())

    assert await other.start([claimed], now=clock.now()) == set()
    assert await store.start([claimed], now=clock.now() - SECOND) == set()
    assert await store.start([claimed._replace(token=9)], now=clock.now()) == set()
    assert await store.start([claimed], now=clock.now()) == {claimed.id}


async def test_a_start_counts_the_attempt_before_it_is_made(promise, store, claim, clock, rows):
    await promise(KIND, due=clock.now())
    await store.start(await claim(store, at_once=()), now=clock.now())

    assert [(t.attempts, t.started_at) for t in await rows(Timer)] == [(1, clock.now())]


@ON_POSTGRES
async def test_none_of_the_three_waits_for_somebody_who_has_locked_the_timer(
    promise, sessions, store, claim, clock
):
    await promise(KIND, due=clock.now())
    async with asyncio.timeout(PATIENCE):
        async with sessions.begin() as session:
            await session.execute(select(Timer).with_for_update())
            assert await claim(store) == []
        (claimed,) = await claim(store, at_once=())
        async with sessions.begin() as session:
            await session.execute(select(Timer).with_for_update())
            assert await store.start([claimed], now=clock.now()) == set()
            assert await store.finish([success(claimed, store, clock)]) == set()

    assert await store.start([claimed], now=clock.now()) == {claimed.id}


async def test_what_went_well_becomes_a_row_of_the_history(promise, store, claim, clock, rows):
    due = clock.now()
    await promise(KIND, due=due, key="reminder:1")
    clock.advance(SECOND)
    (claimed,) = await claim(store)
    clock.advance(SECOND)

    assert await store.finish([success(claimed, store, clock)]) == {claimed.id}
    (run,) = await rows(Run)
    assert (run.timer_id, run.kind, run.key, run.due_at) == (claimed.id, KIND, "reminder:1", due)
    assert (run.started_at, run.finished_at) == (due + SECOND, due + 2 * SECOND)
    assert (run.attempt, run.status, run.error) == (1, "success", None)
    assert (run.worker, run.schedule_id) == (store.worker, None)
    assert await rows(Timer) == []


@ON_SQLITE
async def test_a_batch_that_fails_in_the_middle_leaves_nothing_of_it_and_goes_in_later(
    promise, sessions, store, claim, clock, rows
):
    for number in range(3):
        await promise(KIND, due=clock.now(), number=number)
    outcomes = [success(each, store, clock) for each in await claim(store)]
    async with sessions.begin() as session:
        await session.execute(text(REFUSES_TO_FORGET))

    with pytest.raises(sqlite3.IntegrityError, match="not this one"):
        await store.finish(outcomes)
    assert await rows(Run) == []
    assert [timer.state for timer in await rows(Timer)] == [TimerState.CLAIMED] * 3

    async with sessions.begin() as session:
        await session.execute(text("DROP TRIGGER refuses"))
    assert await store.finish(outcomes) == {each.claim.id for each in outcomes}
    assert len(await rows(Run)) == 3


REFUSES_TO_FORGET = """
    CREATE TRIGGER refuses BEFORE DELETE ON timer WHEN OLD.id = 2
    BEGIN SELECT RAISE(ABORT, 'not this one'); END
"""


async def test_who_has_lost_it_writes_nothing(promise, store, other, claim, clock, rows):
    await promise(KIND, due=clock.now())
    (claimed,) = await claim(store)
    outcome = success(claimed, store, clock)

    assert await other.finish([outcome]) == set()
    assert await store.finish([outcome._replace(claim=claimed._replace(token=9))]) == set()
    assert await rows(Run) == []
    assert [timer.state for timer in await rows(Timer)] == [TimerState.CLAIMED]


async def test_of_a_batch_the_lost_one_does_not_keep_back_the_others(
    promise, store, claim, clock, rows
):
    for key in ("kept", "lost"):
        await promise(KIND, due=clock.now(), key=key)
    kept, lost = await claim(store)
    batch = [success(each, store, clock) for each in (kept, lost._replace(token=9))]

    assert await store.finish(batch) == {kept.id}
    assert [run.key for run in await rows(Run)] == ["kept"]


async def test_one_scheduled_again_while_it_ran_is_not_forgotten(
    promise, store, claim, clock, rows
):
    await promise(KIND, due=clock.now(), key="reminder:1")
    (claimed,) = await claim(store)
    await promise(KIND, due=clock.now() + SECOND, key="reminder:1")
    outcome = success(claimed, store, clock)

    assert await store.finish([outcome]) == set()
    assert await store.record([outcome]) == {claimed.id}
    (timer,) = await rows(Timer)
    assert (timer.state, timer.due_at) == (TimerState.WAITING, clock.now() + SECOND)
    assert [run.status for run in await rows(Run)] == ["success"]


async def test_one_started_with_its_claim_by_a_worker_that_died_has_had_an_attempt(
    promise, sessions, store, claim, clock, rows
):
    await promise(KIND, due=clock.now())
    await claim(store)
    heir = store_for(sessions)
    heir.shared = False
    await Leases(heir).take()
    # To whom it does not matter whether the lease has run out.
    await Leases(heir).take_over(lambda lost, _: Again(clock.now(), lost.attempts), clock.now())

    assert [(run.status, run.attempt) for run in await rows(Run)] == [("interrupted", 1)]
    assert [(t.state, t.attempts) for t in await rows(Timer)] == [(TimerState.WAITING, 1)]
