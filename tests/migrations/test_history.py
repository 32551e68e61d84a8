"""From an empty database to this version's tables, step by step."""

from __future__ import annotations

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

import rallypoint.app  # Brings in every feature's tables.
from rallypoint.adapters.db import Database, migrate
from rallypoint.adapters.db.migrate import MIGRATIONS, config, head, revision
from rallypoint.kernel.db import Model

REVISIONS = [step.revision for step in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]


@pytest.fixture
async def empty(empty_database_url):
    async with await Database.open(empty_database_url) as database:
        yield database


async def test_what_the_migrations_make_is_what_the_models_say(empty):
    assert rallypoint.app.FEATURES
    await migrate(empty)

    def differences(connection):
        context = MigrationContext.configure(connection, opts={"compare_server_default": False})
        return compare_metadata(context, Model.metadata)

    async with empty.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_the_comparison_sees_a_column_that_is_missing(empty):
    await migrate(empty)

    def differences(connection):
        connection.execute(text("ALTER TABLE timer DROP COLUMN last_error"))
        return compare_metadata(MigrationContext.configure(connection), Model.metadata)

    async with empty.engine.connect() as connection:
        (difference,) = await connection.run_sync(differences)
        await connection.rollback()

    assert difference[0] == "add_column"
    assert difference[3].name == "last_error"


async def test_each_step_is_taken_by_itself_and_in_order(empty):
    assert sorted(REVISIONS) == REVISIONS
    for step in REVISIONS:
        async with empty.engine.begin() as connection:
            await connection.run_sync(lambda inner, to=step: command.upgrade(config(inner), to))

        assert await revision(empty) == step
    assert REVISIONS[-1] == head()


async def test_the_history_is_one_line():
    scripts = ScriptDirectory(str(MIGRATIONS))

    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1
    assert all(not script.is_merge_point for script in scripts.walk_revisions())


async def test_migrating_twice_is_migrating_once(empty):
    await migrate(empty)
    await migrate(empty)

    assert await revision(empty) == head()


async def test_a_step_that_fails_leaves_nothing_behind(empty):
    def fail(connection):
        command.upgrade(config(connection), "0001")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        async with empty.engine.begin() as connection:
            await connection.run_sync(fail)

    async with empty.engine.connect() as connection:
        assert await connection.run_sync(lambda inner: inspect(inner).get_table_names()) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("table", ["timer", "run", "outbox"])
async def test_on_sqlite_ids_are_never_used_twice(database, table):
    async with database.engine.connect() as connection:
        words = await connection.execute(
            text("SELECT sql FROM sqlite_master WHERE name = :table"), {"table": table}
        )

        assert "AUTOINCREMENT" in words.scalar_one()


async def test_the_lobby_of_a_server_is_one_of_its_lobbies(empty):
    def to(step):
        return lambda inner: command.upgrade(config(inner), step)

    put = text("INSERT INTO setting (guild_id, channel_id, key, value) VALUES (1, 0, :key, :value)")
    async with empty.engine.begin() as connection:
        await connection.run_sync(to("0018"))
        await connection.execute(put, {"key": "rooms.lobby", "value": "1575374465863254026"})
        await connection.execute(put, {"key": "rooms.panel", "value": "true"})
    async with empty.engine.begin() as connection:
        await connection.run_sync(to("0019"))
        rows = await connection.execute(text("SELECT key, value FROM setting ORDER BY key"))
        found = {row.key: row.value for row in rows}

    assert str(found["rooms.lobbies"]).strip("[]") == "1575374465863254026"
    assert set(found) == {"rooms.lobbies", "rooms.lobby", "rooms.panel"}
