"""SQLAlchemy's way to SQLite's thread, shorter. Of its own it goes there four times for a SELECT (a cursor, the
statement, the rows, the end of the cursor), three times for a BEGIN, and once to undo what was committed. Each way
there and back costs as much as several statements, and on a busy loop it waits for the interpreter at each end.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, TypeVar

import aiosqlite
from sqlalchemy.dialects.sqlite import aiosqlite as dialect
from sqlalchemy.util import await_only

T = TypeVar("T")


class _Result(NamedTuple):
    rows: deque[Any]
    description: Any
    rowcount: int
    lastrowid: int | None


NOTHING = _Result(deque(), None, -1, None)


class _Cursor(dialect.AsyncAdapt_aiosqlite_cursor):
    """A statement with what it returns, in one trip."""

    __slots__ = ("_result", "arraysize")

    def __init__(self, adapt_connection: Any) -> None:
        self._adapt_connection = adapt_connection
        self._result = NOTHING
        self._rows = deque()
        self.arraysize = 1

    def execute(self, operation: Any, parameters: Any = None) -> None:
        self._take(lambda driver: driver.execute(operation, parameters or ()))

    def executemany(self, operation: Any, seq_of_parameters: Any) -> None:
        self._take(lambda driver: driver.executemany(operation, seq_of_parameters))

    def _take(self, ask: Callable[[sqlite3.Connection], sqlite3.Cursor]) -> None:
        connection: Any = self._adapt_connection
        try:
            self._result = await_only(connection.carry_out(partial(_all_of, ask)))
        except (sqlite3.Error, ValueError) as error:
            connection._handle_exception(error)
        self._rows = self._result.rows

    @property
    def description(self) -> Any:
        return self._result.description

    @property
    def rowcount(self) -> int:
        return self._result.rowcount

    @property
    def lastrowid(self) -> Any:
        return self._result.lastrowid

    async def _async_soft_close(self) -> None:
        """It was closed where it was used."""

    def close(self) -> None:
        self._rows.clear()


def _all_of(
    ask: Callable[[sqlite3.Connection], sqlite3.Cursor], driver: sqlite3.Connection
) -> _Result:
    cursor = ask(driver)
    description = cursor.description
    rows = deque(cursor.fetchall() if description else ())
    result = _Result(rows, description, cursor.rowcount, cursor.lastrowid)
    cursor.close()
    return result


class OneTrip(dialect.AsyncAdapt_aiosqlite_connection):
    __slots__ = ("_begin", "_open")

    _cursor_cls = _Cursor

    def __init__(self, dbapi: Any, connection: Any) -> None:
        super().__init__(dbapi, connection)
        self._begin: str | None = None
        self._open = False

    @staticmethod
    def driver() -> Any:
        """What `create_async_engine` takes as *module*."""
        return _Driver(aiosqlite, sqlite3)

    def begin(self, statement: str) -> None:
        """A transaction, by *statement*: it goes along with the first that is done in it."""
        self._begin = statement

    async def carry_out(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Have *work* done in the driver's thread, in the transaction that was begun, if one was."""
        begin, self._begin = self._begin, None
        self._open = self._open or begin is not None
        driver: Any = self._connection
        # Its public verbs go there with one statement each.
        done: T = await driver._execute(_do, driver._conn, begin, work)
        return done

    def commit(self) -> None:
        self._end(super().commit)

    def rollback(self) -> None:
        self._end(super().rollback)

    def _end(self, end: Callable[[], None]) -> None:
        self._begin = None
        if self._open:
            end()
            self._open = False


def _do(
    driver: sqlite3.Connection, begin: str | None, work: Callable[[sqlite3.Connection], T]
) -> T:
    if begin is not None:
        driver.execute(begin)
    return work(driver)


class _Driver(dialect.AsyncAdapt_aiosqlite_dbapi):
    def connect(
        self, *arguments: Any, async_creator_fn: Callable[..., Any], **options: Any
    ) -> OneTrip:
        return OneTrip(self, await_only(async_creator_fn(*arguments, **options)))
