"""What a version parked because it did not know it goes straight to one that does.

It is not made to wait again, where the other version would only have it a second time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import structlog
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    all_,
    and_,
    bindparam,
    exists,
    literal_column,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from .claims import CLAIM_COLUMNS, Claim, timer, worker
from .kinds import Job
from .runner import is_supported, why_unsupported
from .store import Store
from .timers import TimerState

_UNSUPPORTED: ColumnElement[str] = literal_column(f"'{TimerState.UNSUPPORTED}'")

log = structlog.get_logger()


class Parking:
    """What this version puts aside, and what it takes of what others did."""

    def __init__(self, store: Store, jobs: Mapping[str, Job]) -> None:
        self._store = store
        self._jobs = jobs
        self._ours: set[int] = set()
        self._reported: set[tuple[str, str]] = set()

    async def put_aside(self, claims: Sequence[Claim]) -> set[int]:
        """Park what is not for this version, give back the rest; the ids of those that were ours and free."""
        done: set[int] = set()
        for claim in claims:
            if (why := why_unsupported(claim, self._jobs)) is not None:
                done |= await self._store.park([claim], why)
                self._remember(claim, why)
        if away := [claim for claim in claims if is_supported(claim, self._jobs)]:
            done |= await self._store.release(away)
        return done

    async def adopt(self, kinds: Collection[str], limit: int) -> list[Claim]:
        """What we parked ourselves is not ours: it would come and go for ever."""
        return await adopt(self._store, kinds, but=self._ours, limit=limit)

    def _remember(self, claim: Claim, why: str) -> None:
        if claim.kind in self._jobs:
            # Those of other kinds are not asked for anyway, and may be very many.
            self._ours.add(claim.id)
        if (claim.kind, why) not in self._reported:
            log.warning("timers are parked as unsupported", kind=claim.kind, why=why)
        self._reported.add((claim.kind, why))


async def adopt(
    store: Store, kinds: Collection[str], *, but: Collection[int], limit: int
) -> list[Claim]:
    """Take up to *limit* of what is parked of *kinds*, *but* not the timers of these ids. On PostgreSQL only."""
    chosen = (
        select(timer.c.id)
        .where(
            _is_wanted(timer, kinds, but),
            or_(timer.c.lane.is_(None), ~_lane_is_taken(kinds, but)),
            exists().where(worker.c.id == store.worker),
        )
        .order_by(timer.c.due_at, timer.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("chosen")
    )
    statement = (
        update(timer)
        .where(timer.c.id.in_(select(chosen.c.id)))
        .values(
            state=TimerState.CLAIMED.value,
            worker=store.worker,
            token=timer.c.token + 1,
            started_at=null(),
            last_error=null(),
        )
        .returning(*CLAIM_COLUMNS)
    )
    async with store.engine.begin() as connection:
        return [Claim(*row) for row in (await connection.execute(statement)).all()]


def _is_wanted(which: Any, kinds: Collection[str], but: Collection[int]) -> ColumnElement[bool]:
    # One array: a statement has room for 32,767 parameters.
    ids = bindparam(None, sorted(but), ARRAY(BigInteger))
    return and_(
        which.c.state == _UNSUPPORTED, which.c.kind.in_(sorted(kinds)), which.c.id != all_(ids)
    )


def _lane_is_taken(kinds: Collection[str], but: Collection[int]) -> ColumnElement[bool]:
    """Also by an earlier one that would be taken with it, but not by one that nobody here can run."""
    other = timer.alias("other")
    return exists().where(
        other.c.lane == timer.c.lane,
        other.c.id != timer.c.id,
        or_(
            other.c.state == TimerState.CLAIMED.value,
            and_(other.c.state == TimerState.WAITING.value, other.c.id < timer.c.id),
            and_(_is_wanted(other, kinds, but), other.c.id < timer.c.id),
        ),
    )
