"""A schedule and its runs, as they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from rallypoint.kernel.jobs import Job, Run, Schedule
from rallypoint.kernel.jobs.schedules import Listed
from rallypoint.kernel.jobs.spoken import WAITED_FOR, last_line, when
from rallypoint.kernel.words import Words


@dataclass(frozen=True, slots=True)
class Row:
    schedule: Schedule
    when: Words
    what: str
    """What the task does; empty: this version does not know."""
    is_running: bool
    parked: str | None
    waits_for: str
    last_error: str | None

    @property
    def id(self) -> int:
        return self.schedule.id

    @property
    def is_builtin(self) -> bool:
        return self.schedule.builtin is not None


@dataclass(frozen=True, slots=True)
class Ran:
    run: Run
    seconds: float
    error: str | None


def row_of(listed: Listed, kinds: Mapping[str, Job], now: datetime) -> Row:
    schedule = listed.schedule
    job = kinds.get(schedule.kind)
    missing = listed.waits_for(job, now)
    return Row(
        schedule,
        when(schedule),
        job.words if job else "",
        listed.running_since is not None,
        last_line(listed.parked),
        WAITED_FOR[missing] if missing else "",
        last_line(schedule.last_error),
    )


def ran(run: Run) -> Ran:
    return Ran(run, (run.finished_at - run.started_at).total_seconds(), last_line(run.error))
