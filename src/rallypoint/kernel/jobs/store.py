"""What the engine asks of a database, and what both databases answer in the same words.

The three statements that every job goes through (claim, start, finish) are written out for each database, over whole
batches: put together by SQLAlchemy they took half of a worker's time.

Every row lock is taken with SKIP LOCKED: a transaction of the program that holds a timer never makes the engine wait,
and so never meets it in a deadlock. What was skipped is looked at again.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Select,
    Update,
    and_,
    delete,
    func,
    insert,
    literal_column,
    null,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker

from rallypoint.kernel.db import storable

from .claims import Claim, Claimed, Outcome, Seen, run, schedule, timer
from .rules import Again, Done, Failed
from .timers import RunStatus, TimerState

# As literals, not parameters: see the indexes in `timers`.
_WAITING: ColumnElement[str] = literal_column(f"'{TimerState.WAITING}'")
_CLAIMED: ColumnElement[str] = literal_column(f"'{TimerState.CLAIMED}'")
_UNSUPPORTED: ColumnElement[str] = literal_column(f"'{TimerState.UNSUPPORTED}'")


class Store(ABC):
    """One worker's way to its timers. The databases differ only in what is abstract here."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession], name: str) -> None:
        self.engine = cast(AsyncEngine, sessions.kw["bind"])
        self.worker = name

    shared: bool
    """Other engines may be at the same database."""

    @abstractmethod
    async def open(self) -> None:
        """Raise CannotStart when another engine is running where there may be only one."""

    @abstractmethod
    async def close(self) -> None: ...

    @abstractmethod
    async def arrivals(self) -> datetime | None:
        """Return when another process has written, or may have: the earliest due time, if it told."""

    @abstractmethod
    def moment(self, later: timedelta = timedelta(0)) -> ColumnElement[datetime]:
        """Now, or *later*, by the clock of the database's server. For leases only."""

    @abstractmethod
    async def renew(self, lease: timedelta) -> Seen | None:
        """Hold our claims for another *lease*, and glance at what others left. None: ours ran out, they took it over.

        All in one statement: an idle worker does little else.
        """

    @abstractmethod
    def named(self, claims: Sequence[Claim]) -> ColumnElement[bool]:
        """The rows that *claims* name, if they still have the tokens."""

    @abstractmethod
    async def claim(
        self,
        *,
        until: datetime,
        limit: int,
        without: Collection[str],
        now: datetime | None = None,
        at_once: Collection[str] = (),
    ) -> Claimed:
        """Take up to *limit* timers due at *until* or before, except of the kinds *without*; the earliest first.

        What is due by *now* and of a kind *at_once* is started by the same statement, as `start` does it, unless there
        is more to find out: about a schedule's, and where others claim too, about one of a lane. Nothing, if we are not
        on the list of workers any more.
        """

    @abstractmethod
    async def start(self, claims: Sequence[Claim], *, now: datetime) -> set[int]:
        """Mark those that still are ours and due as being run; their ids.

        One whose lane another worker holds as well is given back.

        An attempt is counted here, before it is made, so that one that kills the process counts too.
        """

    @abstractmethod
    async def finish(self, outcomes: Sequence[Outcome]) -> set[int]:
        """Write what came of those that are plain; the ids of those written.

        The others are ours no more, or locked just now, or were scheduled again meanwhile: `record` finds out.
        """

    async def release(self, claims: Sequence[Claim]) -> set[int]:
        """Give back what was not started; the ids of those that were ours and free."""
        return await self._settle(claims, {"state": _WAITING})

    async def park(self, claims: Sequence[Claim], why: str) -> set[int]:
        return await self._settle(claims, {"state": _UNSUPPORTED, "last_error": storable(why)})

    async def revive(self, kinds: Collection[str]) -> None:
        """Let those wait again that were parked by a version which did not know these *kinds*."""
        parked = (
            select(timer.c.id)
            .where(timer.c.state == _UNSUPPORTED, timer.c.kind.in_(sorted(kinds)))
            .with_for_update(skip_locked=True)
            .cte("parked")
        )
        statement = (
            update(timer)
            .where(timer.c.id.in_(select(parked.c.id)))
            .values(state=_WAITING, last_error=null())
        )
        async with self.engine.begin() as connection:
            await connection.execute(statement)

    async def held(self, claims: Sequence[Claim]) -> set[int]:
        """The ids of those that are still ours."""
        return await self._ids(select(timer.c.id).where(self._ours(claims)))

    async def record(self, outcomes: Sequence[Outcome]) -> set[int]:
        """Write what came of our claims; the ids of those written. The others are ours no more, or locked just now."""
        written = set()
        async with self.engine.begin() as connection:
            for outcome in outcomes:
                free = self._free([outcome.claim])
                if await go_on(connection, outcome, timer.c.id.in_(free)):
                    written.add(outcome.claim.id)
            await note(connection, [o for o in outcomes if o.claim.id in written])
        return written

    async def _settle(self, claims: Sequence[Claim], values: dict[str, Any]) -> set[int]:
        statement = (
            update(timer)
            .where(timer.c.id.in_(self._free(claims)))
            .values(values | {"worker": null(), "started_at": null()})
            .returning(timer.c.id)
        )
        return await self._ids(statement)

    async def _ids(self, statement: Any) -> set[int]:
        async with self.engine.begin() as connection:
            return set((await connection.execute(statement)).scalars())

    def _ours(self, claims: Sequence[Claim]) -> ColumnElement[bool]:
        # Nothing is said of the state, which follows: the planner would take the index of all that a worker holds.
        return and_(self.named(claims), timer.c.worker == self.worker)

    def _free(self, claims: Sequence[Claim], *more: ColumnElement[bool]) -> Select[tuple[int]]:
        """The ids of those of ours that nobody else has locked."""
        free = (
            select(timer.c.id)
            .where(self._ours(claims), *more)
            .with_for_update(skip_locked=True)
            .cte("free")
        )
        return select(free.c.id)


async def note(connection: AsyncConnection, outcomes: Sequence[Outcome]) -> None:
    """In the history, and at the schedules. Whoever locks a schedule has locked its timer before, as we have."""
    if rows := [outcome.run_row() for outcome in outcomes if not outcome.is_counted_only]:
        await connection.execute(insert(run), rows)
    for outcome in outcomes:
        if outcome.claim.schedule_id is not None:
            await connection.execute(_noted(outcome, outcome.claim.schedule_id))


def _noted(outcome: Outcome, schedule_id: int) -> Update:
    went_well = outcome.status is RunStatus.SUCCESS
    waiting = and_(timer.c.schedule_id == schedule_id, timer.c.state == _WAITING)
    values: dict[str, Any] = {
        "next_run_at": select(timer.c.due_at).where(waiting).scalar_subquery()
    }
    if outcome.status is not RunStatus.SKIPPED:
        values |= {
            "last_run_at": outcome.started_at,
            "last_status": outcome.status.value,
            "last_error": outcome.error,
            "successes": schedule.c.successes + int(went_well),
            "failures": schedule.c.failures + int(not went_well),
        }
    return update(schedule).where(schedule.c.id == schedule_id).values(values)


async def go_on(connection: AsyncConnection, outcome: Outcome, which: ColumnElement[bool]) -> bool:
    """Have the timer wait, or be seen as failed; whether it was there. One scheduled again meanwhile goes by that."""
    let_go = {"worker": null(), "started_at": null(), "last_error": outcome.error}
    again = update(timer).where(which, timer.c.next_due_at.is_not(None))
    again = again.values(
        let_go
        | {
            "state": _WAITING,
            "planned_at": timer.c.next_due_at,
            "due_at": timer.c.next_due_at,
            "args": func.coalesce(timer.c.next_args, timer.c.args),
            "attempts": 0,
            "next_due_at": null(),
            "next_args": null(),
        }
    )
    # By rows, not by rowcount: SQLite's driver counts nothing for a statement that begins with WITH.
    if (await connection.execute(again.returning(timer.c.id))).first() is not None:
        return True
    if outcome.claim.schedule_id is not None:
        ended = delete(timer).where(which, timer.c.ends).returning(timer.c.id)
        if (await connection.execute(ended)).first() is not None:
            return True
    left = and_(which, timer.c.next_due_at.is_(None))
    match outcome.next:
        case Done():
            done = delete(timer).where(left).returning(timer.c.id)
            return (await connection.execute(done)).first() is not None
        case Failed():
            values: dict[str, Any] = {"state": TimerState.FAILED.value}
        case Again(due_at, attempts, planned_at):
            values = {"state": _WAITING, "due_at": due_at, "attempts": attempts}
            values["planned_at"] = planned_at or outcome.claim.planned_at
    statement = update(timer).where(left).values(let_go | values)
    return (await connection.execute(statement.returning(timer.c.id))).first() is not None
