"""Many rows in few trips. On SQLite each of SQLAlchemy's statements is three trips to the driver's thread, and each row
is put together by general means: for what every voice event goes through that is most of its price."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import UpdateBase

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
    raw = await (await session.connection()).get_raw_connection()
    driver: Any = raw.driver_connection
    # As kernel.jobs.sqlite: its public verbs go there with one statement each.
    await driver._execute(_execute_many, driver._conn, done)


def _execute_many(driver: sqlite3.Connection, batches: Sequence[tuple[str, list[Any]]]) -> None:
    for statement, rows in batches:
        driver.executemany(statement, rows)


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
