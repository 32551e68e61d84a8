"""Bringing a database to this version's tables, and refusing one that is from a newer version."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from rallypoint.kernel.errors import CannotStart

from .database import Database

MIGRATIONS = Path(__file__).parent / "migrations"
KEPT_COPIES = 3
_LOCK = 0x6D69677261
"""PostgreSQL's advisory lock that makes programs starting together take turns: any number nobody else uses."""


async def migrate(database: Database) -> None:
    """Upgrade to the newest revision; an SQLite file that holds something is copied to `<file>.before-<revision>`.

    Raises CannotStart for a database of a newer version.
    """
    current = await revision(database)
    _check_known(current)
    if current == head():
        return
    if current is not None and database.dialect == "sqlite":
        await asyncio.to_thread(_copy, Path(str(database.engine.url.database)))
    async with database.engine.begin() as connection:
        if database.dialect == "postgresql":
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        await connection.run_sync(_upgrade)


async def check_revision(database: Database) -> None:
    """Raise CannotStart unless the database has exactly this version's tables."""
    current = await revision(database)
    _check_known(current)
    if current != head():
        raise CannotStart(
            f"the database {database.name} is of an older version; run `rallypoint migrate` first"
        )


async def revision(database: Database) -> str | None:
    """None: nothing was migrated yet."""
    async with database.engine.connect() as connection:
        return await connection.run_sync(
            lambda inner: MigrationContext.configure(inner).get_current_revision()
        )


def head() -> str:
    newest = _scripts().get_current_head()
    if newest is None:
        raise CannotStart(f"there are no migrations in {MIGRATIONS}; install the program again")
    return newest


def _check_known(current: str | None) -> None:
    known = {script.revision for script in _scripts().walk_revisions()}
    if current is not None and current not in known:
        raise CannotStart(
            f"this database was written by a newer Rallypoint (revision {current}); install that "
            "version or a newer one, or restore the backup from before its upgrade"
        )


def config(connection: Connection | None = None) -> Config:
    made = Config(attributes={"connection": connection})
    made.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return made


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(config())


def _upgrade(connection: Connection) -> None:
    command.upgrade(config(connection), "head")


def _copy(path: Path) -> None:
    # By SQLite itself: the file alone is not all of it while there is a write-ahead log beside it.
    copy = path.with_name(f"{path.name}.before-{head()}")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    copies = sorted(path.parent.glob(f"{path.name}.before-*"), key=lambda old: old.stat().st_mtime)
    for old in copies[:-KEPT_COPIES]:
        old.unlink()
