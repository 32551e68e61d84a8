"""Who is at work, and whose work is left lying: claims are good as long as their worker's lease."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

import structlog
from sqlalchemy import (
    ColumnElement,
    and_,
    delete,
    func,
    insert,
    literal_column,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from .claims import CLAIM_COLUMNS, Claim, Outcome, Seen, run, timer, worker
from .rules import Failed, Next
from .store import Store, go_on, note
from .timers import RunStatus, TimerState

LEASE = timedelta(seconds=5)
BATCH = 500

_CLAIMED: ColumnElement[str] = literal_column(f"'{TimerState.CLAIMED}'")

LOST = "its process ended, or lost its lease, in the middle"

log = structlog.get_logger()

Decide = Callable[[Claim, int], Next]
"""What comes of a timer that was being run when its worker went, for so many times by now."""


class Leases:
    def __init__(self, store: Store, lease: timedelta = LEASE) -> None:
        self._store = store
        self._lease = lease

    async def take(self) -> None:
        row = {"id": self._store.worker, "lease_until": self._store.moment(self._lease)}
        async with self._store.engine.begin() as connection:
            await connection.execute(insert(worker).values(row))

    async def renew(self) -> Seen | None:
        """None: it ran out, and others have taken over what we held."""
        return await self._store.renew(self._lease)

    async def give_up(
        self, decide: Decide, now: datetime, *, running: AbstractSet[int] = frozenset()
    ) -> None:
        """In good order: nothing that is ours stays claimed, but what is *running* still, until the lease is over."""
        await self.take_over(decide, now, alive=running)
        if running:
            return
        async with self._store.engine.begin() as connection:
            await connection.execute(delete(worker).where(worker.c.id == self._store.worker))

    async def take_over(
        self, decide: Decide, now: datetime, *, alive: AbstractSet[int] | None = None
    ) -> int:
        """Free what dead workers held, and write down what they were at as interrupted; how many timers.

        With *alive* also what is claimed in our own name but not among these: forgotten over an error.
        """
        total = 0
        while True:
            async with self._store.engine.begin() as connection:
                await self._strike_off(connection)
                abandoned = await self._abandoned(connection, alive)
                if abandoned is None:
                    return total
                count = await _free_abandoned(connection, abandoned, decide, now)
            total += count
            if count < BATCH:
                return total

    async def _abandoned(
        self, connection: AsyncConnection, alive: AbstractSet[int] | None
    ) -> ColumnElement[bool] | None:
        # Named one by one: a row that is claimed anew by a worker younger than this statement's snapshot is checked
        # again against that snapshot when it is locked, and there its worker does not exist yet.
        lost = (
            select(timer.c.worker)
            .where(timer.c.state == _CLAIMED, timer.c.worker.not_in(select(worker.c.id)))
            .distinct()
        )
        owners = (await connection.execute(lost)).scalars().all()
        abandoned = timer.c.worker.in_(owners)
        if alive is None:
            return abandoned if owners else None
        ours = and_(timer.c.worker == self._store.worker, timer.c.id.not_in(alive))
        return or_(abandoned, ours)

    async def _strike_off(self, connection: AsyncConnection) -> None:
        dead = select(worker.c.id).where(worker.c.id != self._store.worker)
        if self._store.shared:
            dead = dead.where(worker.c.lease_until < self._store.moment())
        gone = dead.with_for_update(skip_locked=True).cte("gone")
        await connection.execute(delete(worker).where(worker.c.id.in_(select(gone.c.id))))


async def _free_abandoned(
    connection: AsyncConnection, abandoned: ColumnElement[bool], decide: Decide, now: datetime
) -> int:
    statement = (
        select(*CLAIM_COLUMNS, timer.c.worker, timer.c.started_at)
        .where(timer.c.state == _CLAIMED, abandoned)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    unstarted, interrupted = [], []
    rows = (await connection.execute(statement)).all()
    before = await _times_lost(connection, [row.id for row in rows if row.started_at is not None])
    for *columns, owner, started_at in rows:
        claim = Claim(*columns)
        if started_at is None:
            unstarted.append(claim.id)
        else:
            next_ = decide(claim, before.get(claim.id, 0) + 1)
            interrupted.append(_interrupted(claim, owner, started_at, now, next_))
    if unstarted:
        freed = update(timer).where(timer.c.id.in_(unstarted))
        await connection.execute(freed.values(state=TimerState.WAITING.value, worker=null()))
    for outcome in interrupted:
        await go_on(connection, outcome, timer.c.id == outcome.claim.id)
    await note(connection, interrupted)
    for outcome in interrupted:
        if isinstance(outcome.next, Failed):
            claim = outcome.claim
            log.error(
                "a job is given up: its process ended each time", kind=claim.kind, key=claim.key
            )
    return len(rows)


async def _times_lost(connection: AsyncConnection, ids: Sequence[int]) -> dict[int, int]:
    """How often each was lost before, since the moment it was scheduled for.

    Out of the history, which nobody but a successor reads: to count it with the timer would cost every start a write.
    """
    if not ids:
        return {}
    statement = (
        select(run.c.timer_id, func.count().label("times"))
        .join(timer, timer.c.id == run.c.timer_id)
        .where(
            run.c.timer_id.in_(ids),
            # An end in good order is an interruption, too, and is held against nobody.
            run.c.status == RunStatus.INTERRUPTED.value,
            run.c.error == LOST,
            run.c.started_at >= timer.c.planned_at,
        )
        .group_by(run.c.timer_id)
    )
    return {row.timer_id: row.times for row in await connection.execute(statement)}


def _interrupted(
    claim: Claim, owner: str, started_at: datetime, now: datetime, next_: Next
) -> Outcome:
    return Outcome(
        claim=claim,
        worker=owner,
        status=RunStatus.INTERRUPTED,
        started_at=started_at,
        finished_at=now,
        attempt=claim.attempts,
        error=LOST,
        next=next_,
    )
