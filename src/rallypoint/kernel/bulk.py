"""Many rows in few trips. On SQLite each of SQLAlchemy's statements is three trips to the driver's thread, and each row
is put together by general means: for what every voice event goes through that is most of its price."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar, cast

from sqlalchemy import Dialect
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
from sqlalchemy.sql.dml import UpdateBase

from rallypoint.kernel.commits import announce, tell

T = TypeVar("T")
Rows = Sequence[Mapping[str, Any]]
Batch = tuple[UpdateBase, Rows]
Column = tuple[str, Callable[[Any], Any] | None]

_plans: dict[tuple[int, tuple[str, ...]], tuple[UpdateBase, str, list[Column]]] = {}


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
    if engine.dialect.name == "sqlite":
        done = [_by_hand(statement, rows, engine.dialect) for statement, rows in batches if rows]
        await visit(engine, partial(in_transaction, partial(_execute_many, done)))
        tell(sessions, told)
        return
    async with sessions.begin() as session:
        await execute_each(session, *batches)
        for topic, moment in told.items():
            announce(session, topic, moment)


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
    known = _plans.get((id(statement), keys))
    if known is None:
        compiled = statement.compile(dialect=dialect, column_keys=list(keys), for_executemany=True)
        columns: list[Column] = []
        for name in getattr(compiled, "positiontup", None) or ():
            kind = compiled.binds[name].type
            columns.append((name, kind.dialect_impl(dialect).bind_processor(dialect)))
        known = _plans[id(statement), keys] = (statement, str(compiled), columns)
    return known[1], known[2]
