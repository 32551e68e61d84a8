"""How long the last runs of schedules took, and how they went."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.kernel.jobs import Run, RunStatus

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Bar:
    seconds: float
    went_well: bool


async def last_runs(
    session: AsyncSession, schedule_ids: Sequence[int]
) -> Mapping[int, Sequence[Bar]]:
    """Of each that has run, the last ones, the oldest first."""
    number = func.row_number().over(partition_by=Run.schedule_id, order_by=Run.id.desc())
    columns = (Run.schedule_id, Run.id, Run.started_at, Run.finished_at, Run.status)
    found: defaultdict[int, list[Bar]] = defaultdict(list)
    for start in range(0, len(schedule_ids), 500):
        some = Run.schedule_id.in_(schedule_ids[start : start + 500])
        numbered = select(*columns, number.label("number")).where(some).subquery()
        rows = await session.execute(
            select(numbered).where(numbered.c.number <= SHOWN).order_by(numbered.c.id)
        )
        for row in rows:
            seconds = max(0.0, (row.finished_at - row.started_at).total_seconds())
            found[row.schedule_id].append(Bar(seconds, row.status == RunStatus.SUCCESS))
    return found
