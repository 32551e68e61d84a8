"""What a version parked because it did not know it goes straight to one that does.

It is not made to wait again, where the other version would only have it a second time.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, exists, literal_column, null, or_, select, update

from .claims import CLAIM_COLUMNS, Claim, timer, worker
from .store import Store
from .timers import TimerState

_UNSUPPORTED: ColumnElement[str] = literal_column(f"'{TimerState.UNSUPPORTED}'")


async def adopt(
    store: Store, kinds: Collection[str], *, but: Collection[int], limit: int
) -> list[Claim]:
    """Take up to *limit* of what is parked of *kinds*, *but* not the timers of these ids."""
    chosen = (
        select(timer.c.id)
        .where(
            timer.c.state == _UNSUPPORTED,
            timer.c.kind.in_(sorted(kinds)),
            timer.c.id.not_in(sorted(but)),
            or_(timer.c.lane.is_(None), ~_lane_is_taken()),
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


def _lane_is_taken() -> ColumnElement[bool]:
    other = timer.alias("other")
    return exists().where(
        other.c.lane == timer.c.lane,
        other.c.id != timer.c.id,
        or_(
            other.c.state == TimerState.CLAIMED.value,
            and_(other.c.state == TimerState.WAITING.value, other.c.id < timer.c.id),
        ),
    )
