"""Many rows by few means. SQLAlchemy's way takes more trips to SQLite's thread, and puts each statement and each row
together by general means: for what every voice event goes through that is most of its price."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar, cast

from sqlalchemy import Dialect
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.util import greenlet_spawn

from rallypoint.kernel.commits import tell

T = TypeVar("T")
Rows = Sequence[Mapping[str, Any]]
Batch = tuple[UpdateBase, Rows]
Column = tuple[str, Callable[[Any], Any] | None]

_NOTIFY = "SELECT pg_notify($1, $2)"
_plans: dict[tuple[str, int, tuple[str, ...]], tuple[UpdateBase, str, list[Column]]] = {}


async def execute_each(session: AsyncSession, *batches: Batch) -> None:
    """Each statement with each of its rows, in order, in the session's transaction. The rows of a statement have the
    same keys. Raises the driver's own errors as well (`kernel.db.DatabaseErrors`)."""
    wanted = [(statement, rows) for statement, rows in batches if rows]
    if not wanted:
        return
    dialect = session.get_bind().dialect
    if dialect.name != "sqlite":
        for statement, rows in wanted:
            await session.execute(statement, rows)
        return
    done = [_by_hand(statement, rows, dialect) for statement, rows in wanted]
    adapted: Any = (await (await session.connection()).get_raw_connection()).dbapi_connection
    await adapted.carry_out(partial(_execute_many, done))


def execute_here(driver: sqlite3.Connection, dialect: Dialect, *batches: Batch) -> None:
    """The same in SQLite's own thread, whatever transaction is open there."""
    _execute_many(
        [_by_hand(statement, rows, dialect) for statement, rows in batches if rows], driver
    )


def _execute_many(batches: Sequence[tuple[str, list[Any]]], driver: sqlite3.Connection) -> None:
    for statement, rows in batches:
        driver.executemany(statement, rows)


async def write(
    sessions: async_sessionmaker[AsyncSession],
    batches: Sequence[Batch],
    told: Mapping[str, datetime],
) -> None:
    """`execute_each` in a transaction of its own, which is all there is to it. *told*: topics with their moments, see
    `commits.announce`."""
    engine = cast(AsyncEngine, sessions.kw["bind"])
    done = [_by_hand(statement, rows, engine.dialect) for statement, rows in batches if rows]
    if engine.dialect.name == "sqlite":
        await visit(engine, partial(in_transaction, partial(_execute_many, done)))
    else:
        notes = [[topic, moment.isoformat()] for topic, moment in told.items()]
        await _write_to_postgres(engine, [*done, (_NOTIFY, notes)])
    tell(sessions, told)


async def _write_to_postgres(engine: AsyncEngine, batches: Sequence[tuple[str, list[Any]]]) -> None:
    """By the driver's own verbs, which keep the few statements prepared."""
    connection = await engine.raw_connection()
    driver: Any = connection.driver_connection
    is_sound = False
    try:
        async with driver.transaction():
            for statement, rows in batches:
                await driver.executemany(statement, rows)
        is_sound = True
    finally:
        # What was cut off or cancelled in the middle may not know where it stands.
        await greenlet_spawn(connection.close if is_sound else connection.invalidate)


async def visit(engine: AsyncEngine, work: Callable[[sqlite3.Connection], T]) -> T:
    """Have *work* done in the thread of SQLite's driver, in one trip. It sees to its transaction by itself."""
    connection = await engine.raw_connection()
    try:
        adapted: Any = connection.dbapi_connection
        done: T = await adapted.carry_out(work)
        return done
    finally:
        # No trip, for no transaction is open on our side.
        connection.close()


def in_transaction(work: Callable[[sqlite3.Connection], T], driver: sqlite3.Connection) -> T:
    driver.execute("BEGIN IMMEDIATE")
    with driver:  # commits, or rolls back; it does not close
        return work(driver)


def _by_hand(statement: UpdateBase, rows: Rows, dialect: Dialect) -> tuple[str, list[Any]]:
    text, columns = _plan(statement, tuple(rows[0]), dialect)
    return text, [
        [row[name] if process is None else process(row[name]) for name, process in columns]
        for row in rows
    ]


def _plan(
    statement: UpdateBase, keys: tuple[str, ...], dialect: Dialect
) -> tuple[str, list[Column]]:
    """The statement's text, and what becomes of each value. Statements are few, made once and kept."""
    key = (dialect.name, id(statement), keys)
    known = _plans.get(key)
    if known is None:
        compiled = statement.compile(dialect=dialect, column_keys=list(keys), for_executemany=True)
        columns: list[Column] = []
        for name in getattr(compiled, "positiontup", None) or ():
            kind = compiled.binds[name].type
            columns.append((name, kind.dialect_impl(dialect).bind_processor(dialect)))
        known = _plans[key] = (statement, str(compiled), columns)
    return known[1], known[2]
