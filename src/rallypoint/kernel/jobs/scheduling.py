"""How a use case says what is to happen later. Nothing here commits: it is as true as the caller's transaction."""

from __future__ import annotations

import math
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import CursorResult, Table, and_, bindparam, case, delete, null, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.base import Executable

from rallypoint.kernel.commits import announce

from .terms import Terms
from .timers import Schedule, Timer, TimerState

TOPIC = "rallypoint_timers"
"""Announced with the due time of what was scheduled."""

timer = cast(Table, Timer.__table__)

_RUNNING = and_(timer.c.state == TimerState.CLAIMED.value, timer.c.started_at.is_not(None))


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
    check_due(due)
    check_json(args, f"args of {kind}")
    values = {"kind": kind, "args": args, "key": key, "lane": lane, "due": due}
    result = await session.execute(_upsert(session.get_bind().dialect.name), values)
    if cast("CursorResult[Any]", result).rowcount == 0:
        raise ValueError(f"the key {key!r} belongs to a timer of another kind than {kind!r}")
    announce(session, TOPIC, due)


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
    statement = _upsert(session.get_bind().dialect.name, of_schedule=True)
    await session.execute(statement, values)
    announce(session, TOPIC, due)


async def disarm(session: AsyncSession, schedule_id: int) -> None:
    """No more turns. One that is being run goes on, and is recorded."""
    ours = timer.c.key == schedule_key(schedule_id)
    running = update(timer).where(ours, _RUNNING).values(ends=True, next_due_at=null())
    await session.execute(running.values(next_args=null()))
    await session.execute(delete(timer).where(ours, ~_RUNNING))


async def cancel(session: AsyncSession, key: str) -> bool:
    """Whether there was one. One that is being run goes on, but is neither repeated nor recorded."""
    result = await session.execute(delete(timer).where(timer.c.key == key))
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
        "state": case((_RUNNING, timer.c.state), else_=TimerState.WAITING.value),
        "attempts": case((_RUNNING, timer.c.attempts), else_=0),
        "worker": case((_RUNNING, timer.c.worker), else_=null()),
        "last_error": case((_RUNNING, timer.c.last_error), else_=null()),
    }


@cache
def _upsert(dialect: str, *, of_schedule: bool = False) -> Executable:
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    # The two dialects' inserts have no common type, but the same words.
    statement = cast(Any, insert)(timer).values(
        kind=bindparam("kind"),
        args=bindparam("args"),
        key=bindparam("key"),
        lane=bindparam("lane"),
        state=TimerState.WAITING.value,
        planned_at=bindparam("due"),
        due_at=bindparam("due"),
    )
    if of_schedule:
        statement = statement.values(
            schedule_id=bindparam("schedule_id"), terms=bindparam("terms"), ends=bindparam("ends")
        )
    return or_again(statement, of_schedule=of_schedule)


def or_again(statement: Any, *, of_schedule: bool = False) -> Executable:
    """The insert *statement*, which has one with the same key and kind be scheduled again."""
    new = statement.excluded
    again = _set_again(new.due_at, new.args)
    again |= {"lane": new.lane, "next_args": case((_RUNNING, new.args), else_=null())}
    if of_schedule:
        again |= {"terms": new.terms, "ends": new.ends}
    return cast(
        Executable,
        statement.on_conflict_do_update(
            index_elements=["key"], set_=again, where=timer.c.kind == new.kind
        ),
    )


_MOVE = (
    update(timer)
    .where(timer.c.key == bindparam("of_key"))
    .values(_set_again(bindparam("due", type_=timer.c.due_at.type), timer.c.args))
)
