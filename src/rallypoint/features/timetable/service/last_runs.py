"""How long the last runs of schedules took, and how they went."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from sqlalchemy import Subquery, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.kernel.jobs import Run, RunStatus, Schedule

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Bar:
    seconds: float
    went_well: bool


async def last_runs(
    session: AsyncSession, schedule_ids: Sequence[int]
) -> Mapping[int, Sequence[Bar]]:
    """Of each that has run, the last ones, the oldest first."""
    found: defaultdict[int, list[Bar]] = defaultdict(list)
    for start in range(0, len(schedule_ids), 500):
        oldest = _oldest_shown(schedule_ids[start : start + 500])
        rows = await session.execute(
            select(oldest.c.id, Run.id, Run.started_at, Run.finished_at, Run.status).join(
                Run, (Run.schedule_id == oldest.c.id) & (Run.id >= oldest.c.run_id)
            )
        )
        # To have SQLite sort them would have it read all runs there are.
        for schedule_id, _, started_at, finished_at, status in sorted(rows, key=_run_id):
            seconds = max(0.0, (finished_at - started_at).total_seconds())
            found[schedule_id].append(Bar(seconds, status == RunStatus.SUCCESS))
    return found


_run_id = itemgetter(1)


def _oldest_shown(schedule_ids: Sequence[int]) -> Subquery:
    """Of each schedule, which run the shown ones begin with: by the index, however many there are."""
    last = (
        select(Run.id)
        .where(Run.schedule_id == Schedule.id)
        .order_by(Run.id.desc())
        .limit(1)
        .offset(SHOWN - 1)
        .scalar_subquery()
    )
    of_each = select(Schedule.id, func.coalesce(last, 0).label("run_id"))
    return of_each.where(Schedule.id.in_(schedule_ids)).subquery()
