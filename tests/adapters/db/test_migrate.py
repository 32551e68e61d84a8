"""What happens to a database of another version."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import select, text
from sqlalchemy.engine import make_url

from rallypoint.adapters.db import Database, check_revision, migrate
from rallypoint.adapters.db.migrate import config, head, revision
from rallypoint.kernel.errors import CannotStart
from rallypoint.kernel.jobs import Timer

ONLY_SQLITE = pytest.mark.parametrize("empty_database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def empty(empty_database_url):
    async with await Database.open(empty_database_url) as database:
        yield database


async def to(database, step):
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda inner: command.upgrade(config(inner), step))


async def write_timer(database, args):
    """As the first version wrote it, which is not how this one does."""
    moment = "2030-01-01 12:00:00.000000" + ("" if database.dialect == "sqlite" else "+00")
    async with database.engine.begin() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO timer (kind, args, state, planned_at, due_at, attempts, token, created_at)"
            f" VALUES ('reminders.say', '{args}', 'waiting', '{moment}', '{moment}', 0, 0, '{moment}')"
        )


async def set_revision(database, number):
    async with database.engine.begin() as connection:
        await connection.execute(
            text("UPDATE alembic_version SET version_num = :number"), {"number": number}
        )


async def test_an_empty_database_needs_a_migration(empty):
    with pytest.raises(CannotStart, match="run `rallypoint migrate`"):
        await check_revision(empty)

    await migrate(empty)
    await check_revision(empty)


async def test_what_was_in_an_older_database_is_kept(empty):
    await to(empty, "0001")
    await write_timer(empty, '{"text": "kept"}')

    await migrate(empty)

    async with empty.sessions.begin() as session:
        assert (await session.scalars(select(Timer.args))).all() == [{"text": "kept"}]


@pytest.mark.parametrize("do", [migrate, check_revision])
async def test_a_database_of_a_newer_version_is_refused_and_left_alone(database, do):
    await set_revision(database, "9999")

    with pytest.raises(
        CannotStart, match=r"newer Rallypoint \(revision 9999\); install"
    ) as refusal:
        await do(database)

    assert "restore the backup" in str(refusal.value)
    assert await revision(database) == "9999"


@ONLY_SQLITE
async def test_a_new_file_is_not_copied(empty, empty_database_url):
    await migrate(empty)

    assert copies(empty_database_url) == []


@ONLY_SQLITE
async def test_an_older_file_is_copied_whole_before_it_is_changed(empty, empty_database_url):
    await to(empty, "0001")
    await write_timer(empty, "{}")

    await migrate(empty)

    (copy,) = copies(empty_database_url)
    assert copy.name == f"rallypoint.db.before-{head()}"
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
        assert connection.execute("SELECT kind FROM timer").fetchone() == ("reminders.say",)


@ONLY_SQLITE
async def test_the_last_three_copies_are_kept(empty, empty_database_url):
    file = path(empty_database_url)
    for age, old in enumerate(["0090", "0091", "0092", "0093"]):
        copy = file.with_name(f"{file.name}.before-{old}")
        copy.touch()
        os.utime(copy, (age, age))
    await to(empty, "0001")
    await migrate(empty)

    assert [copy.name[-4:] for copy in copies(empty_database_url)] == [head(), "0092", "0093"]


def path(url: str) -> Path:
    return Path(str(make_url(url).database))


def copies(url: str) -> list[Path]:
    return sorted(path(url).parent.glob("*.before-*"))
