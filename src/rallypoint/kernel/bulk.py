"""Many rows by few means. SQLAlchemy's way takes more trips to SQLite's thread, and puts each statement and each row
together by general means: for what every voice event goes through that is most of its price."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar, cast

from sqlalchemy import Boolean, Dialect
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.util import greenlet_spawn

from rallypoint.kernel.commits import tell

T = TypeVar("T")
Rows = Sequence[Mapping[str, Any]]
Batch = tuple[UpdateBase, Rows]
Written = tuple[str, list[Any]]
"""A statement's text, and its parameters in each of its rows."""

FEW = 4
"""Rows that may go to PostgreSQL as one statement: what a voice event is. For more the trips hardly count; and each
number of rows of each statement makes another text, which every connection would have to learn."""
_NOTIFY = "SELECT pg_notify($1, $2)"
_PLACE = re.compile(r"\$(\d+)")
_INSERT = re.compile(r"(INSERT [^()]*\([^()]*\) VALUES )(\([^()]*\))")


class _Plan(NamedTuple):
    statement: UpdateBase
    """Kept alive: it is known by its `id`."""
    text: str
    pick: Callable[[Mapping[str, Any]], Sequence[Any]]
    prepared: list[tuple[int, Callable[[Any], Any]]]
    """What becomes of a value before the driver has it, by its place. Most stay as they are."""


_plans: dict[tuple[str, int, tuple[str, ...]], _Plan] = {}
_joined: dict[tuple[tuple[str, int], ...], str | None] = {}


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
    done = _in_words(wanted, dialect)
    adapted: Any = (await (await session.connection()).get_raw_connection()).dbapi_connection
    await adapted.carry_out(partial(_execute_many, done))


def execute_here(driver: sqlite3.Connection, dialect: Dialect, *batches: Batch) -> None:
    """The same in SQLite's own thread, in the transaction that is open there."""
    _execute_many(_in_words(batches, dialect), driver)


def _execute_many(batches: Sequence[tuple[str, list[Any]]], driver: sqlite3.Connection) -> None:
    for statement, rows in batches:
        driver.executemany(statement, rows)


async def write(
    sessions: async_sessionmaker[AsyncSession],
    batches: Sequence[Batch],
    told: Mapping[str, datetime],
    *,
    apart: bool = False,
) -> None:
    """`execute_each` in a transaction of its own, which is all there is to it. *told*: topics with their moments, see
    `commits.announce`. *apart*: no batch has to do with a row, or a key of a unique index, that another one writes."""
    engine = cast(AsyncEngine, sessions.kw["bind"])
    done = _in_words(batches, engine.dialect)
    if engine.dialect.name == "sqlite":
        await visit(engine, partial(in_transaction, partial(_execute_many, done)))
    else:
        notes = _notes(told)
        few = apart and sum([len(rows) for _, rows in done]) <= FEW
        await _write_to_postgres(engine, done, notes, one=_one(done, len(notes)) if few else None)
    tell(sessions, told)


async def _write_to_postgres(
    engine: AsyncEngine, batches: Sequence[Written], notes: list[Any], *, one: str | None
) -> None:
    """By the driver's own verbs, which keep the few statements prepared."""
    async with lent(engine) as driver:
        if one is not None:
            each = chain(*[rows for _, rows in batches], notes)
            await driver.fetch(one, *chain.from_iterable(each))
        else:
            async with driver.transaction():
                await _execute_in_turn(driver, [*batches, (_NOTIFY, notes)])


async def execute_and_tell(
    driver: Any, dialect: Dialect, batches: Iterable[Batch], told: Mapping[str, datetime]
) -> None:
    """As `write`, in the transaction that is open there; `commits.tell` is the caller's to call after it."""
    await _execute_in_turn(driver, [*_in_words(batches, dialect), (_NOTIFY, _notes(told))])


async def _execute_in_turn(driver: Any, batches: Iterable[Written]) -> None:
    for statement, rows in batches:
        if rows:
            await driver.executemany(statement, rows)


def _notes(told: Mapping[str, datetime]) -> list[list[str]]:
    return [[topic, moment.isoformat()] for topic, moment in told.items()]


@asynccontextmanager
async def lent(engine: AsyncEngine) -> AsyncIterator[Any]:
    """PostgreSQL's own driver, with no transaction open; whoever fails within gives it up."""
    pool: Any = engine.sync_engine.pool
    entry = pool.lend()
    connection: Any = entry or await engine.raw_connection()
    is_sound = False
    try:
        yield connection.driver_connection
        is_sound = True
    finally:
        try:
            # What was cut off or cancelled in the middle may not know where it stands.
            if not is_sound:
                await greenlet_spawn(connection.invalidate)
            elif entry is None:
                await greenlet_spawn(connection.close)
        finally:
            if entry is not None:
                await pool.take_back(entry)


def _one(batches: Sequence[Written], notes: int) -> str | None:
    """One statement that does it all, and so is a transaction by itself: each trip that it saves costs as much as all
    else that is done for one event. None: there is none that keeps the rows of each statement in order."""
    shape = (*[(text, len(rows)) for text, rows in batches], ("", notes))
    if shape not in _joined:
        _joined[shape] = _join(batches, notes)
    return _joined[shape]


def _join(batches: Sequence[Written], notes: int) -> str | None:
    parts, given = [], 0
    for text, rows in batches:
        insert = _INSERT.fullmatch(text)
        if insert is None and len(rows) > 1:
            return None
        head, values = insert.groups() if insert else ("", text)
        width = len(rows[0])
        places = range(given, given + width * len(rows), width)
        parts.append(head + ", ".join([_renumber(values, place) for place in places]))
        given += width * len(rows)
    told = [_renumber("pg_notify($1, $2)", given + 2 * number) for number in range(notes)]
    written = ", ".join([f"w{number} AS ({part})" for number, part in enumerate(parts)])
    return f"WITH {written} SELECT {', '.join(told)}" if parts else None


def _renumber(text: str, given: int) -> str:
    """With *given* parameters before its own."""
    return _PLACE.sub(lambda place: f"${int(place[1]) + given}", text)


async def visit(engine: AsyncEngine, work: Callable[[sqlite3.Connection], T]) -> T:
    """Have *work* done in the thread of SQLite's driver, in one trip. It sees to its transaction by itself."""
    pool: Any = engine.sync_engine.pool
    entry = pool.lend()
    connection: Any = entry or await engine.raw_connection()
    try:
        done: T = await connection.dbapi_connection.carry_out(work)
        return done
    finally:
        # No trip, for no transaction is open on our side.
        if entry is None:
            connection.close()
        else:
            await pool.take_back(entry)


def in_transaction(work: Callable[[sqlite3.Connection], T], driver: sqlite3.Connection) -> T:
    driver.execute("BEGIN IMMEDIATE")
    with driver:  # commits, or rolls back; it does not close
        return work(driver)


def _in_words(batches: Iterable[Batch], dialect: Dialect) -> list[Written]:
    return [_by_hand(statement, rows, dialect) for statement, rows in batches if rows]


def _by_hand(statement: UpdateBase, rows: Rows, dialect: Dialect) -> Written:
    plan = _plan(statement, tuple(rows[0]), dialect)
    done = []
    for row in rows:
        values = list(plan.pick(row))
        for place, prepare in plan.prepared:
            values[place] = prepare(values[place])
        done.append(values)
    return plan.text, done


def _plan(statement: UpdateBase, keys: tuple[str, ...], dialect: Dialect) -> _Plan:
    """Statements are few, made once and kept."""
    key = (dialect.name, id(statement), keys)
    known = _plans.get(key)
    if known is None:
        compiled = statement.compile(dialect=dialect, column_keys=list(keys), for_executemany=True)
        names: list[str] = list(getattr(compiled, "positiontup", None) or ())
        prepared: list[tuple[int, Callable[[Any], Any]]] = []
        for place, name in enumerate(names):
            kind = compiled.binds[name].type.dialect_impl(dialect)
            prepare = kind.bind_processor(dialect)
            # The drivers take a bool as it is.
            if prepare is not None and not isinstance(kind, Boolean):
                prepared.append((place, prepare))
        # With one name itemgetter gives no sequence.
        pick = itemgetter(*names) if len(names) > 1 else partial(_pick_each, names)
        known = _plans[key] = _Plan(statement, str(compiled), pick, prepared)
    return known


def _pick_each(names: Sequence[str], row: Mapping[str, Any]) -> list[Any]:
    return [row[name] for name in names]
