"""What is written by the driver's own verbs: all of it or nothing, and the next one finds the connection in order."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import String, bindparam, cast, func, insert, select, text, update

from rallypoint.kernel import bulk
from rallypoint.kernel.db import DatabaseErrors, is_outage
from rallypoint.kernel.events.outbox import outbox

ON_POSTGRES = pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
ADD = insert(outbox)
RENAME = update(outbox).values(kind=bindparam("now_kind"))
CUT_OFF = update(outbox).values(
    subject=cast(func.pg_terminate_backend(func.pg_backend_pid()), String) + bindparam("then")
)


def row(number, now):
    told = {"kind": "news", "subject": "x", "data": {"a": "ü"}, "erase_at": None}
    return {"id": str(number), "at": now, **told}


@pytest.fixture
def stored(sessions):
    async def read():
        async with sessions() as session:
            rows = await session.execute(select(outbox).order_by(outbox.c.position))
            return [(each.id, each.kind, each.data, each.at) for each in rows]

    return read


async def test_statements_and_rows_go_in_their_order_and_are_told_of(
    sessions, clock, heard, stored
):
    now = clock.now()
    batches = [
        (ADD, [row(1, now), row(2, now)]),
        (RENAME, [{"now_kind": "renamed"}]),
        (ADD, []),
        (ADD, [row(3, now)]),
    ]
    await bulk.write(sessions, batches, {"news": now})

    kinds = [("1", "renamed"), ("2", "renamed"), ("3", "news")]
    assert await stored() == [(number, kind, {"a": "ü"}, now) for number, kind in kinds]
    assert heard == [now]


async def test_what_fails_leaves_nothing_and_the_next_goes_on(sessions, clock, heard, stored):
    now = clock.now()
    with pytest.raises(DatabaseErrors) as failed:
        await bulk.write(sessions, [(ADD, [row(1, now)]), (ADD, [row(1, now)])], {"news": now})
    assert not is_outage(failed.value)
    assert (await stored(), heard) == ([], [])

    await bulk.write(sessions, [(ADD, [row(1, now)])], {"news": now})
    assert [number for number, *_ in await stored()] == ["1"]


@ON_POSTGRES
async def test_a_connection_that_is_cut_in_the_middle_is_an_outage_and_the_next_is_another(
    sessions, clock, heard, stored
):
    now = clock.now()
    with pytest.raises(DatabaseErrors) as failed:
        await bulk.write(sessions, [(ADD, [row(1, now)]), (CUT_OFF, [{"then": ""}])], {"news": now})
    assert is_outage(failed.value)
    assert (await stored(), heard) == ([], [])

    await bulk.write(sessions, [(ADD, [row(2, now)])], {"news": now})
    assert [number for number, *_ in await stored()] == ["2"]


@ON_POSTGRES
async def test_who_is_cancelled_in_the_middle_leaves_nothing_and_no_lock(
    sessions, clock, heard, stored
):
    now = clock.now()
    async with sessions.begin() as other:
        await other.execute(ADD, [row(1, now)])
        # It waits for the other one, which has that id already.
        writing = asyncio.create_task(bulk.write(sessions, [(ADD, [row(1, now)])], {"news": now}))
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        while not (await other.execute(waiting)).scalar_one():  # noqa: ASYNC110  # it has no event
            await asyncio.sleep(0)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
    assert heard == []

    await bulk.write(sessions, [(ADD, [row(2, now)])], {"news": now})
    assert [number for number, *_ in await stored()] == ["1", "2"]


@ON_POSTGRES
async def test_many_at_a_time_give_their_connections_back(sessions, clock, stored, caplog):
    now = clock.now()
    written = [bulk.write(sessions, [(ADD, [row(n, now)])], {}) for n in range(18)]
    await asyncio.gather(*written)

    assert len(await stored()) == 18
    assert [each.getMessage() for each in caplog.records if "pool" in each.name] == []
