"""What becomes of a timer after an attempt: pure decisions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from .kinds import Job

FIRST_RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Again:
    """Wait, and run again."""

    due_at: datetime
    attempts: int
    """Those that count so far."""
    planned_at: datetime | None = None
    """None: it is still about the same moment."""


@dataclass(frozen=True, slots=True)
class Done:
    pass


@dataclass(frozen=True, slots=True)
class Failed:
    pass


Next = Again | Done | Failed


@dataclass(frozen=True, slots=True)
class Try:
    """An attempt that has ended, as far as it decides what comes next."""

    number: int
    planned_at: datetime
    ended_at: datetime


def after_success(job: Job, trial: Try) -> Next:
    return Done() if job.every is None else next_interval(job.every, trial)


def after_failure(
    job: Job, trial: Try, *, final: bool, retry_in: timedelta | None, chance: float
) -> Next:
    """*final*: trying again is of no use. *retry_in*: what the outside asked for. *chance*: 0 to 1, for the jitter."""
    if not final and trial.number < job.attempts:
        wait = backoff(trial.number, chance) if retry_in is None else retry_in
        retry = Again(trial.ended_at + wait, trial.number)
        if job.every is None:
            return retry
        turn = next_interval(job.every, trial)
        return retry if retry.due_at < turn.due_at else turn
    return Failed() if job.every is None else next_interval(job.every, trial)


def after_interruption(job: Job, trial: Try) -> Next:
    """It did nothing wrong that we know of, so it is not made to wait; but one that kills every process must end."""
    if trial.number < job.attempts:
        return Again(trial.ended_at, trial.number)
    return Failed() if job.every is None else next_interval(job.every, trial)


def backoff(attempt: int, chance: float) -> timedelta:
    """Doubling from 2 s to 5 min; the jitter takes away up to half, so that those who failed together part."""
    doubled: int = 2 ** min(attempt - 1, 20)
    longest = min(FIRST_RETRY * doubled, LONGEST_RETRY)
    return longest * (0.5 + chance / 2)


def next_interval(every: timedelta, trial: Try) -> Again:
    moment = on_grid(trial.planned_at, every, trial.ended_at)
    return Again(moment, 0, planned_at=moment)


def on_grid(anchor: datetime, every: timedelta, now: datetime) -> datetime:
    """The first moment after *now* that is a whole number of intervals away from *anchor*, whichever way time went."""
    return anchor + every * ((now - anchor) // every + 1)
