"""Opening a database, and the one writer of SQLite."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from rallypoint.adapters.db import Database
from rallypoint.kernel import jobs
from rallypoint.kernel.errors import CannotStart
from rallypoint.kernel.jobs import Timer

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ON_POSTGRES = pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


async def refused(url) -> str:
    with pytest.raises(CannotStart) as refusal:
        await Database.open(str(url))
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


@pytest.mark.parametrize("driver", ["sqlite", "sqlite+aiosqlite"])
async def test_an_sqlite_file_is_opened_by_either_name(tmp_path, driver):
    async with await Database.open(f"{driver}:///{tmp_path / 'a.db'}") as database:
        assert database.dialect == "sqlite"


@ON_POSTGRES
@pytest.mark.parametrize("driver", ["postgres", "postgresql", "postgresql+asyncpg"])
async def test_a_postgresql_server_is_reached_by_any_of_its_names(database_url, driver):
    url = make_url(database_url).set(drivername=driver, query={"sslmode": "disable"})
    async with await Database.open(url.render_as_string(hide_password=False)) as database:
        assert database.dialect == "postgresql"


@pytest.mark.parametrize("url", ["mysql://host/name", "no url", "", "postgresql+psycopg2://h/n"])
async def test_another_kind_of_database_is_refused_with_what_is_accepted(url):
    assert "sqlite:///path/to/file.db or postgresql://" in await refused(url)


@pytest.mark.parametrize("query", ["sslmode=no", "pool=5"])
async def test_what_no_server_is_asked_for_is_refused_by_what_may_stand_there(query):
    assert "host, port and sslmode" in await refused(f"postgresql://u:p@127.0.0.1:1/x?{query}")


async def test_a_folder_that_is_missing_is_named(tmp_path):
    assert f"create {tmp_path / 'nowhere'}" in await refused(f"sqlite:///{tmp_path}/nowhere/a.db")


async def test_a_folder_in_the_place_of_the_file_is_named(tmp_path):
    assert "is a folder" in await refused(f"sqlite:///{tmp_path}")


async def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path):
    path = tmp_path / "a.db"
    path.write_text("The minutes of the meeting. " * 100)

    assert "is not an SQLite database" in await refused(f"sqlite:///{path}")
    assert path.read_text().startswith("The minutes")


async def test_a_file_that_cannot_be_written_is_named():
    # Root may write everything but this.
    assert "/proc/version" in await refused("sqlite:////proc/version")


async def test_a_server_that_is_not_there_is_named_without_the_password():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        words = await refused(f"postgresql://user:secret@127.0.0.1:{port}/name")

    assert "the server cannot be reached" in words
    assert f"127.0.0.1:{port}" in words
    assert "secret" not in words


@ON_POSTGRES
async def test_a_database_that_is_missing_is_named(database_url):
    url = make_url(database_url).set(database="nothing_here")

    assert "it does not exist" in await refused(url.render_as_string(hide_password=False))


@ON_SQLITE
async def test_a_session_inside_another_is_an_error_and_not_a_standstill(database):
    async with database.sessions.begin() as outer:
        await outer.execute(select(func.count(Timer.id)))

        async with database.sessions() as inner:
            with pytest.raises(RuntimeError, match="a session was opened inside another one"):
                await inner.execute(select(func.count(Timer.id)))


async def test_sessions_of_several_tasks_take_turns(database, clock):
    async def write(number):
        async with database.sessions.begin() as session:
            await jobs.schedule(session, "reminders.say", due=clock.now(), number=number)

    await asyncio.gather(*[write(number) for number in range(40)])

    async with database.sessions.begin() as session:
        assert await session.scalar(select(func.count(Timer.id))) == 40


async def test_a_job_cut_off_in_its_transaction_leaves_nothing_of_it(
    database, clock, drain, engine_for
):
    async def write_and_hang(work):
        async with work.sessions.begin() as session:
            await jobs.schedule(session, "reminders.say", due=clock.now())
            await asyncio.Event().wait()

    async with database.sessions.begin() as session:
        await jobs.schedule(session, "test.hang", due=clock.now())
    cut = jobs.Job(handler=write_and_hang, timeout=timedelta(milliseconds=100), attempts=1)
    await drain({"test.hang": cut})

    async with database.sessions.begin() as session:
        assert (await session.scalars(select(Timer.kind))).all() == ["test.hang"]


@ON_SQLITE
async def test_a_transaction_that_reads_first_can_still_write(database, database_url, clock):
    path = Path(str(make_url(database_url).database))
    async with database.sessions.begin() as session:
        await session.execute(select(func.count(Timer.id)))
        elsewhere = sqlite3.connect(path, timeout=0)
        with closing(elsewhere), pytest.raises(sqlite3.OperationalError, match="locked"):
            elsewhere.execute("UPDATE timer SET attempts = 9")

        await jobs.schedule(session, "reminders.say", due=clock.now())


@ON_SQLITE
@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 1), ("foreign_keys", 1)]
)
async def test_sqlite_is_set_up(database, pragma, value):
    async with database.engine.connect() as connection:
        assert (await connection.execute(text(f"PRAGMA {pragma}"))).scalar_one() == value


@ON_POSTGRES
async def test_its_name_shows_no_password(database_url):
    url = make_url(database_url)
    async with await Database.open(database_url) as database:
        assert str(url.database) in database.name
        assert url.password is None or url.password not in database.name


async def test_an_error_does_not_tell_the_values_of_its_statement(database):
    with pytest.raises(DBAPIError) as caught:
        async with database.sessions.begin() as session:
            await session.execute(text("SELECT :given FROM nowhere"), {"given": "hush"})

    assert "nowhere" in str(caught.value)
    assert "hush" not in str(caught.value)


async def test_what_was_cancelled_in_a_transaction_holds_no_lock(database):
    """Wherever it was cancelled: SQLite would keep the lock with the cursor that lies in the traceback."""

    async def read():
        async with database.sessions() as session:
            for _ in range(3):
                await session.execute(text("SELECT count(*) FROM token"))

    cancelled: list[object] = []
    for turns in range(40):
        reading = asyncio.create_task(read())
        for _ in range(turns):
            await asyncio.sleep(0)
        reading.cancel()
        cancelled += await asyncio.gather(reading, return_exceptions=True)
        async with asyncio.timeout(4), database.sessions.begin() as session:
            await session.execute(text("DELETE FROM token"))

    assert any(isinstance(each, asyncio.CancelledError) for each in cancelled)


@ON_POSTGRES
async def test_a_transaction_that_waits_for_us_is_ended_by_the_server(database):
    async with database.sessions() as session:
        assert await session.scalar(text("SHOW idle_in_transaction_session_timeout")) == "15s"


@asynccontextmanager
async def cutting(url, *, times):
    """On the way to the server at *url*: so many connections are cut as they ask for its version."""
    left = times

    async def pass_on(reader, writer, *, may_cut):
        nonlocal left
        with closing(writer):
            while data := await reader.read(65536):
                if may_cut and left and b"server_version_num" in data:
                    left -= 1
                    return
                writer.write(data)

    async def take(reader, writer):
        far, near = await asyncio.open_connection(url.host, url.port)
        async with asyncio.TaskGroup() as both:
            both.create_task(pass_on(far, writer, may_cut=False))
            both.create_task(pass_on(reader, near, may_cut=True))

    async with await asyncio.start_server(take, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield url.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)


@ON_POSTGRES
async def test_a_connection_that_is_cut_at_the_start_is_made_again(database_url):
    async with cutting(make_url(database_url), times=2) as url, await Database.open(url) as opened:
        assert opened.dialect == "postgresql"


@ON_POSTGRES
async def test_a_server_that_cuts_every_connection_is_named(database_url):
    async with cutting(make_url(database_url), times=99) as url:
        assert "cannot use the database" in await refused(url)
