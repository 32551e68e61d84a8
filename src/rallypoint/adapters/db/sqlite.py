from __future__ import annotations

import asyncio
import os
import sqlite3
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiosqlite
from sqlalchemy import event, text
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from rallypoint.kernel.errors import CannotStart

from .lending import Lending
from .trips import OneTrip

_PRAGMAS = (
    # Must come first: it counts for a file in which nothing is yet, and the next line puts something there.
    "PRAGMA auto_vacuum = INCREMENTAL",
    "PRAGMA journal_mode = WAL",
    # In WAL mode NORMAL survives the death of the program; only a power cut may lose the last commits, and never
    # harms the file. FULL syncs at every commit, ten times the price.
    "PRAGMA synchronous = NORMAL",
    "PRAGMA busy_timeout = 10000",
    "PRAGMA foreign_keys = ON",
    # What is overwritten or deleted, such as a secret, does not stay in the file.
    "PRAGMA secure_delete = ON",
)


READING = "rallypoint_reading"
"""An execution option: the transaction writes nothing."""


class Rolling(aiosqlite.Connection):
    """Rolls back before it is closed.

    SQLite keeps the transaction of a closed connection, and its locks, for as long as any of its cursors is alive: and
    what was cancelled in the middle of a statement leaves one in its traceback.
    """

    async def close(self) -> None:
        self._roll_back()
        await super().close()

    def stop(self) -> asyncio.Future[Any] | None:
        self._roll_back()
        return super().stop()

    def _roll_back(self) -> None:
        """In its thread, after whatever still runs there."""
        if self._connection is not None:
            self._tx.put_nowait((None, self._connection.rollback))


class OneWriter(Lending):
    """The one connection to a file, which has one writer at a time anyway: waiting here is in order of arrival.

    A task that holds it and asks for it again would wait for itself.
    """

    _holder: weakref.ref[asyncio.Task[Any]] | None = None

    def _do_get(self) -> ConnectionPoolEntry:
        task = asyncio.current_task()
        if self.checkedout() and self._holder is not None and self._holder() is task:
            raise RuntimeError(
                "a session was opened inside another one, and SQLite has one writer: "
                "hand on the session that is open, or close it first"
            )
        entry = super()._do_get()
        self._holder = None if task is None else weakref.ref(task)
        return entry

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        self._holder = None
        super()._do_return_conn(record)


def make_engine(
    url: URL, *, json_serializer: Callable[[Any], str], json_deserializer: Callable[[str], Any]
) -> AsyncEngine:
    engine = create_async_engine(
        url,
        module=OneTrip.driver(),
        json_serializer=json_serializer,
        json_deserializer=json_deserializer,
        # Values are private, and errors are kept and shown.
        hide_parameters=True,
        connect_args={"async_creator_fn": _connect},
        poolclass=OneWriter,
        pool_size=1,
        max_overflow=0,
        pool_timeout=30,
    )
    event.listen(engine.sync_engine, "connect", _prepare)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _connect(database: str, **options: Any) -> Rolling:
    connection = Rolling(lambda: sqlite3.connect(database, **options), iter_chunk_size=64)
    # As SQLAlchemy does with those that it makes: none keeps the program from ending.
    connection._thread.daemon = True
    return connection


def _prepare(connection: Any, _record: object) -> None:
    # The driver's own idea of transactions is switched off: it begins none before a SELECT.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin(connection: Connection) -> None:
    # IMMEDIATE: a transaction that reads before it writes would fail at the write if another process wrote meanwhile.
    only_reads = connection.get_execution_options().get(READING, False)
    driver: Any = connection.connection.dbapi_connection
    driver.begin("BEGIN" if only_reads else "BEGIN IMMEDIATE")


async def check(engine: AsyncEngine) -> None:
    database = engine.url.database
    if database and database != ":memory:":
        _check_path(Path(database))
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT count(*) FROM sqlite_master"))
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise CannotStart(f"cannot use the database {database}: {_reason(error)}") from error


def _check_path(path: Path) -> None:
    folder = path.absolute().parent
    if path.is_dir():
        raise CannotStart(f"the database {path} is a folder; name a file in it")
    if not folder.is_dir():
        raise CannotStart(f"the folder of the database {path} does not exist; create {folder}")
    for what in (folder, path):
        if what.exists() and not os.access(what, os.W_OK):
            raise CannotStart(
                f"{what} cannot be written by this user; give it the right, or set another place "
                "with RALLYPOINT_DATA"
            )


def _reason(error: Exception) -> str:
    inner = getattr(error, "orig", None) or error
    words = str(inner)
    if "not a database" in words:
        return "it is not an SQLite database; name another file, or restore a backup"
    if "readonly" in words or "unable to open" in words:
        return f"{words}; give this user the right to write it and its folder"
    if "locked" in words:
        return "another process keeps it locked; end that one"
    return words
