"""Very many timers at once: one by one, each is put together, sent and bound by itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast

import orjson
from sqlalchemy import (
    BindParameter,
    CursorResult,
    DateTime,
    Select,
    Text,
    bindparam,
    func,
    literal,
    select,
    true,
)
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.base import Executable

from rallypoint.kernel.commits import announce

from .scheduling import TOPIC, Planned, check_due, check_json, or_again, timer
from .timers import TimerState

AT_A_TIME = 1_000
_COLUMNS = ["kind", "state", "planned_at", "due_at", "key", "lane", "args"]


async def schedule_many(session: AsyncSession, kind: str, rows: Iterable[Planned]) -> None:
    """As `schedule` for each of *rows*, in their order; of several with one key the last one counts.

    Raises what `schedule` raises: for what cannot be stored before anything is, for a key of another kind after some
    may have been.
    """
    wanted = list(_checked(kind, rows))
    statement = _upsert(session.get_bind().dialect.name)
    for first in range(0, len(wanted), AT_A_TIME):
        some = wanted[first : first + AT_A_TIME]
        result = await session.execute(statement, {"kind": kind, **_lists(session, some)})
        if cast("CursorResult[Any]", result).rowcount < len(some):
            raise ValueError(await _of_another_kind(session, kind, some))
    if wanted:
        announce(session, TOPIC, min(row.due for row in wanted))


def _checked(kind: str, rows: Iterable[Planned]) -> Iterable[Planned]:
    """One for each key: no row may be touched twice by one statement."""
    last: dict[object, Planned] = {}
    for number, row in enumerate(rows):
        check_due(row.due)
        check_json(dict(row.args), f"args of {kind}")
        last[number if row.key is None else row.key] = row
    return last.values()


async def _of_another_kind(session: AsyncSession, kind: str, rows: Sequence[Planned]) -> str:
    keys = [row.key for row in rows if row.key is not None]
    others = select(timer.c.key).where(timer.c.key.in_(keys), timer.c.kind != kind)
    key = await session.scalar(others.limit(1))
    return f"the key {key!r} belongs to a timer of another kind than {kind!r}"


@cache
def _upsert(dialect: str) -> Executable:
    if dialect == "sqlite":
        return or_again(sqlite.insert(timer).from_select(_COLUMNS, _from_json()))
    return or_again(postgresql.insert(timer).from_select(_COLUMNS, _from_arrays()))


def _from_json() -> Select[Any]:
    row = func.json_each(bindparam("rows", type_=Text)).table_valued("key", "value")
    due, key, lane, args = (func.json_extract(row.c.value, f"$[{n}]") for n in range(4))
    # With a WHERE, or SQLite would read ON CONFLICT as the condition of a join.
    return select(*_head(), due, due, key, lane, args).where(true()).order_by(row.c.key)


def _from_arrays() -> Select[Any]:
    lists: list[BindParameter[Any]] = [bindparam("dues", type_=ARRAY(DateTime(timezone=True)))]
    for name in ("keys", "lanes", "args"):
        lists.append(bindparam(name, type_=ARRAY(Text)))
    names = ("due", "key", "lane", "args")
    row = func.unnest(*lists).table_valued(*names, with_ordinality="number").render_derived()
    cells = (row.c.due, row.c.due, row.c.key, row.c.lane, cast_to(row.c.args, JSONB))
    return select(*_head(), *cells).order_by(row.c.number)


def _head() -> tuple[Any, Any]:
    return bindparam("kind", type_=timer.c.kind.type), literal(TimerState.WAITING.value)


def _lists(session: AsyncSession, rows: Sequence[Planned]) -> dict[str, Any]:
    args = [orjson.dumps(dict(row.args)).decode() for row in rows]
    if session.get_bind().dialect.name == "sqlite":
        cells = [
            (_written(row.due), row.key, row.lane, text)
            for row, text in zip(rows, args, strict=True)
        ]
        return {"rows": orjson.dumps(cells).decode()}
    return {
        "dues": [row.due for row in rows],
        "keys": [row.key for row in rows],
        "lanes": [row.lane for row in rows],
        "args": args,
    }


def _written(moment: datetime) -> str:
    """As `Instant` has it."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
