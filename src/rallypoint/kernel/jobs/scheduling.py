"""How a use case says what is to happen later. Nothing here commits: it is as true as the caller's transaction."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Table,
    and_,
    bindparam,
    case,
    delete,
    false,
    literal_column,
    null,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import UpdateBase

from rallypoint.kernel import bulk
from rallypoint.kernel.commits import announce

from .terms import Terms
from .timers import Schedule, Timer, TimerState

TOPIC = "rallypoint_timers"
"""Announced with the due time of what was scheduled."""

timer = cast(Table, Timer.__table__)

# Words of the statement, not values that would have to go along with each row.
_WAITING: ColumnElement[str] = literal_column(f"'{TimerState.WAITING}'")
_CLAIMED: ColumnElement[str] = literal_column(f"'{TimerState.CLAIMED}'")
_ZERO: ColumnElement[int] = literal_column("0")
_RUNNING = and_(timer.c.state == _CLAIMED, timer.c.started_at.is_not(None))


@dataclass(frozen=True, slots=True)
class Planned:
    """One of several; each word as `schedule` has it."""

    due: datetime
    args: Mapping[str, Any] = field(default_factory=dict)
    key: str | None = None
    lane: str | None = None


async def schedule(
    session: AsyncSession,
    kind: str,
    /,
    *,
    due: datetime,
    key: str | None = None,
    lane: str | None = None,
    **args: Any,
) -> None:
    """Have the job *kind* run with *args* once *due* has come.

    With a *key* that is there already this one takes its place, with fresh attempts; if it is just being run, it is
    run again afterwards. A key belongs to one kind. Timers of one *lane* run one at a time, in the order they were
    written; one that waits for a retry holds its lane.

    Raises TypeError or ValueError for what cannot be stored: args must be JSON, times aware.
    """
    await schedule_each(session, [(kind, Planned(due, args, key, lane))])


async def schedule_each(session: AsyncSession, timers: Iterable[tuple[str, Planned]]) -> None:
    """As `schedule` for each of *timers*, kinds with what is planned, in their order and at the price of one."""
    rows: list[dict[str, Any]] = []
    for kind, each in timers:
        args = dict(each.args)
        check_due(each.due)
        check_json(args, f"args of {kind}")
        said = {"kind": kind, "args": args, "key": each.key, "lane": each.lane, "due": each.due}
        rows.append(said)
    try:
        await bulk.execute_each(session, (_upsert(session.get_bind().dialect.name), rows))
    except (IntegrityError, sqlite3.IntegrityError) as error:
        wanted = ", ".join(f"{row['key']!r} of {row['kind']!r}" for row in rows)
        raise ValueError(f"a key belongs to a timer of another kind: {wanted}") from error
    for row in rows:
        announce(session, TOPIC, row["due"])


def schedule_key(schedule_id: int) -> str:
    return f"schedule:{schedule_id}"


async def arm(session: AsyncSession, row: Schedule, terms: Terms, *, due: datetime) -> None:
    """Have the timer of *row* be due, with what it says now; after the run, if it is being run."""
    values = {
        "kind": row.kind,
        "args": row.config,
        "key": schedule_key(row.id),
        "lane": None,
        "due": due,
        "schedule_id": row.id,
        "terms": terms.to_json(),
        "ends": not row.active,
    }
    await session.execute(_arm(session.get_bind().dialect.name), values)
    announce(session, TOPIC, due)


async def disarm(session: AsyncSession, schedule_id: int) -> None:
    """No more turns. One that is being run goes on, and is recorded."""
    ours = timer.c.key == schedule_key(schedule_id)
    running = update(timer).where(ours, _RUNNING).values(ends=True, next_due_at=null())
    await session.execute(running.values(next_args=null()))
    await session.execute(delete(timer).where(ours, ~_RUNNING))


async def cancel(session: AsyncSession, key: str) -> bool:
    """Whether there was one. One that is being run goes on, but is neither repeated nor recorded."""
    result = await session.execute(_CANCEL, {"of_key": key})
    return cast("CursorResult[Any]", result).rowcount > 0


async def move(session: AsyncSession, key: str, due: datetime) -> bool:
    """Whether there is one. As to `schedule` it again with the args it has."""
    check_due(due)
    result = await session.execute(_MOVE, {"of_key": key, "due": due})
    if moved := cast("CursorResult[Any]", result).rowcount > 0:
        announce(session, TOPIC, due)
    return moved


def check_due(due: datetime) -> None:
    if due.tzinfo is None:
        raise ValueError(f"due={due!r} has no zone")


def check_json(value: object, where: str) -> None:
    match value:
        case None | bool() | int() | str():
            return
        case float() if math.isfinite(value):
            return
        case list() | tuple():
            for number, item in enumerate(value):
                check_json(item, f"{where}[{number}]")
        case dict():
            for name, item in value.items():
                if not isinstance(name, str):
                    raise TypeError(f"{where} has the key {name!r}: JSON has only strings for keys")
                check_json(item, f"{where}[{name!r}]")
        case _:
            raise TypeError(f"{where} is {value!r}: it must be JSON, to be stored")


def _set_again(due: Any, args: Any) -> dict[str, Any]:
    """A timer being run is left alone and remembers; any other is as new."""
    return {
        "planned_at": case((_RUNNING, timer.c.planned_at), else_=due),
        "due_at": case((_RUNNING, timer.c.due_at), else_=due),
        "args": case((_RUNNING, timer.c.args), else_=args),
        "next_due_at": case((_RUNNING, due), else_=null()),
        "state": case((_RUNNING, timer.c.state), else_=_WAITING),
        "attempts": case((_RUNNING, timer.c.attempts), else_=_ZERO),
        "worker": case((_RUNNING, timer.c.worker), else_=null()),
        "last_error": case((_RUNNING, timer.c.last_error), else_=null()),
    }


@cache
def _upsert(dialect: str) -> UpdateBase:
    """With a key of another kind it fails: what counts the rows of one statement does not count those of many."""
    statement = _insert(dialect)
    new = statement.excluded
    same_kind = case((timer.c.kind == new.kind, timer.c.kind), else_=null())
    again = _again(new) | {"kind": same_kind}
    return cast(UpdateBase, statement.on_conflict_do_update(index_elements=["key"], set_=again))


@cache
def _arm(dialect: str) -> UpdateBase:
    names = ("schedule_id", "terms", "ends")
    statement = _insert(dialect).values({name: bindparam(name) for name in names})
    new = statement.excluded
    return or_again(statement, terms=new.terms, ends=new.ends)


def _insert(dialect: str) -> Any:
    """The two dialects' inserts have no common type, but the same words."""
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return cast(Any, insert)(timer).values(
        kind=bindparam("kind"),
        args=bindparam("args"),
        key=bindparam("key"),
        lane=bindparam("lane"),
        state=_WAITING,
        planned_at=bindparam("due"),
        due_at=bindparam("due"),
        attempts=_ZERO,
        token=_ZERO,
        ends=false(),
    )


def or_again(statement: Any, **more: Any) -> UpdateBase:
    """The insert *statement*, which has one with the same key and kind be scheduled again. *more*: columns that are set
    anew as well."""
    new = statement.excluded
    return cast(
        UpdateBase,
        statement.on_conflict_do_update(
            index_elements=["key"], set_=_again(new) | more, where=timer.c.kind == new.kind
        ),
    )


def _again(new: Any) -> dict[str, Any]:
    again = _set_again(new.due_at, new.args)
    return again | {"lane": new.lane, "next_args": case((_RUNNING, new.args), else_=null())}


_CANCEL = delete(timer).where(timer.c.key == bindparam("of_key"))
_MOVE = (
    update(timer)
    .where(timer.c.key == bindparam("of_key"))
    .values(_set_again(bindparam("due", type_=timer.c.due_at.type), timer.c.args))
)
