"""A schedule and its runs, as they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from rallypoint.kernel.jobs import Job, Run, Schedule
from rallypoint.kernel.jobs.schedules import Listed
from rallypoint.kernel.jobs.spoken import WAITED_FOR, last_words, when
from rallypoint.kernel.words import Words

LONGEST_ERROR = 500


@dataclass(frozen=True, slots=True)
class Row:
    schedule: Schedule
    when: Words
    what: str
    """What the task does; empty: this version does not know."""
    is_running: bool
    parked: str
    waits_for: str
    last_error: str

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
    error: str


def row_of(listed: Listed, kinds: Mapping[str, Job], now: datetime) -> Row:
    schedule = listed.schedule
    job = kinds.get(schedule.kind)
    missing = listed.waits_for(job, now)
    return Row(
        schedule,
        when(schedule),
        job.words if job else "",
        listed.running_since is not None,
        _last_line(listed.parked),
        WAITED_FOR[missing] if missing else "",
        _last_line(schedule.last_error),
    )


def ran(run: Run) -> Ran:
    return Ran(run, (run.finished_at - run.started_at).total_seconds(), _last_line(run.error))


def _last_line(error: str | None) -> str:
    """The trace before it names files and lines of ours: that is for the log."""
    return last_words(error)[:LONGEST_ERROR] if error else ""
