"""What is written by the driver's own verbs: all of it or nothing, and the next one finds the connection in order."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from sqlalchemy import String, bindparam, cast, func, insert, select, update

from rallypoint.kernel import bulk
from rallypoint.kernel.db import DatabaseErrors, is_outage
from rallypoint.kernel.events.outbox import outbox

ON_POSTGRES = pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
APART = pytest.mark.parametrize("apart", [False, True], ids=["in turn", "apart"])
ADD = insert(outbox)
RENAME = update(outbox).values(kind=bindparam("now_kind"))
RENAME_ONE = RENAME.where(outbox.c.id == bindparam("of"))
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


@pytest.fixture
async def held(sessions, clock, stored):
    """A row that is there already, and what is stored besides it."""
    await bulk.write(sessions, [(ADD, [row(0, clock.now())])], {})

    async def besides():
        first, *others = [number for number, *_ in await stored()]
        assert first == "0"
        return others

    return besides


@pytest.fixture
def whole(monkeypatch):
    """The statements that were a transaction by themselves."""
    carried_out = []
    fetch = asyncpg.Connection.fetch

    async def watched(connection, statement, *parameters, **more):
        if statement.startswith("WITH"):
            carried_out.append(statement)
        return await fetch(connection, statement, *parameters, **more)

    monkeypatch.setattr(asyncpg.Connection, "fetch", watched)
    return carried_out


@pytest.fixture
async def told_elsewhere(database):
    """What another connection is notified of."""
    told: asyncio.Queue[str] = asyncio.Queue()

    def hear(_connection, _process, _topic, payload):
        told.put_nowait(payload)

    async with database.engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        await driver.add_listener("news", hear)
        yield told
        await driver.remove_listener("news", hear)


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


@ON_POSTGRES
async def test_few_rows_that_are_apart_are_one_statement_in_their_order(
    sessions, clock, heard, stored, held, whole, told_elsewhere
):
    now = clock.now()
    batches = [
        (RENAME_ONE, [{"of": "0", "now_kind": "renamed"}]),
        (ADD, [row(3, now), row(1, now), row(2, now)]),
    ]
    await bulk.write(sessions, batches, {"news": now}, apart=True)

    kinds = [("0", "renamed"), ("3", "news"), ("1", "news"), ("2", "news")]
    assert await stored() == [(number, kind, {"a": "ü"}, now) for number, kind in kinds]
    assert len(whole) == 1
    assert heard == [now]
    async with asyncio.timeout(20):
        assert await told_elsewhere.get() == now.isoformat()


@ON_POSTGRES
@pytest.mark.parametrize(
    "numbers",
    [
        pytest.param([[1, 2, 3, 4, 5]], id="too many"),
        pytest.param([[1], [2, 3], [4, 5]], id="too many together"),
    ],
)
async def test_many_rows_go_in_turn(sessions, clock, held, whole, numbers):
    batches = [(ADD, [row(number, clock.now()) for number in each]) for each in numbers]
    await bulk.write(sessions, batches, {}, apart=True)

    assert await held() == ["1", "2", "3", "4", "5"]
    assert whole == []


@ON_POSTGRES
async def test_several_rows_of_an_update_go_in_turn(sessions, clock, stored, held, whole):
    renamed = [{"of": "0", "now_kind": "once"}, {"of": "0", "now_kind": "twice"}]
    await bulk.write(sessions, [(RENAME_ONE, renamed)], {}, apart=True)

    assert [kind for _, kind, *_ in await stored()] == ["twice"]
    assert whole == []


@APART
async def test_what_fails_leaves_nothing_and_the_next_goes_on(sessions, clock, heard, held, apart):
    now = clock.now()
    twice = [(ADD, [row(1, now)]), (ADD, [row(1, now)])]
    for _ in range(25):  # more than there are connections
        with pytest.raises(DatabaseErrors) as failed:
            await bulk.write(sessions, twice, {"news": now}, apart=apart)
        assert not is_outage(failed.value)
    assert (await held(), heard) == ([], [])

    await bulk.write(sessions, [(ADD, [row(1, now)])], {"news": now}, apart=apart)
    assert await held() == ["1"]


@ON_POSTGRES
@APART
async def test_a_connection_that_is_cut_in_the_middle_is_an_outage_and_the_next_is_another(
    sessions, clock, heard, held, apart
):
    now = clock.now()
    cut_off = [(ADD, [row(1, now)]), (CUT_OFF, [{"then": ""}])]
    with pytest.raises(DatabaseErrors) as failed:
        await bulk.write(sessions, cut_off, {"news": now}, apart=apart)
    assert is_outage(failed.value)
    assert (await held(), heard) == ([], [])

    await bulk.write(sessions, [(ADD, [row(2, now)])], {"news": now}, apart=apart)
    assert await held() == ["2"]


@ON_POSTGRES
@APART
async def test_who_is_cancelled_in_the_middle_leaves_nothing_and_no_lock(
    sessions, clock, heard, held, apart, somebody_waits
):
    now = clock.now()
    async with sessions.begin() as other:
        await other.execute(ADD, [row(1, now)])
        # It waits for the other one, which has that id already.
        both = [(ADD, [row(2, now)]), (ADD, [row(1, now)])]
        writing = asyncio.create_task(bulk.write(sessions, both, {"news": now}, apart=apart))
        await somebody_waits()
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
    assert heard == []

    await bulk.write(sessions, [(ADD, [row(2, now)])], {"news": now}, apart=apart)
    assert await held() == ["1", "2"]


@ON_POSTGRES
async def test_many_at_a_time_give_their_connections_back(sessions, clock, stored, caplog):
    now = clock.now()
    written = [bulk.write(sessions, [(ADD, [row(n, now)])], {}) for n in range(18)]
    await asyncio.gather(*written)

    assert len(await stored()) == 18
    assert [each.getMessage() for each in caplog.records if "pool" in each.name] == []
