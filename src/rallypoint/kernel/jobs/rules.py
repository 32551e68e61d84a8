"""What becomes of a timer after an attempt: pure decisions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from .kinds import Job
from .terms import Terms

FIRST_RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(minutes=5)
MOST_INTERRUPTIONS = 20
"""Far more than a program is killed by chance in the middle of one job: it is the job that kills it."""
AT_ONCE = 3
"""So many times it is repeated without a pause: whoever restarts a server must not wait for what was under way."""
LONGEST_PAUSE = timedelta(seconds=30)
"""Half of the minute within which what was promised is made good."""


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


DONE = Done()


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
    started_at: datetime | None = None
    """None: not known, it was lost."""
    terms: Terms | None = None
    """Of its schedule, if it has one."""

    @property
    def turn(self) -> Again | None:
        """The next of its schedule."""
        if self.terms is None:
            return None
        started_at = self.started_at or self.ended_at
        planned_at = self.terms.next_turn(self.planned_at, started_at, self.ended_at)
        if planned_at is None:
            return None
        return Again(max(planned_at, self.ended_at), 0, planned_at=planned_at)


def after_success(trial: Try) -> Next:
    return trial.turn or DONE


def after_failure(
    job: Job, trial: Try, *, final: bool, retry_in: timedelta | None, chance: float
) -> Next:
    """*final*: trying again is of no use. *retry_in*: what the outside asked for. *chance*: 0 to 1, for the jitter."""
    turn = trial.turn
    if not final and trial.number < job.attempts:
        wait = backoff(trial.number, chance) if retry_in is None else retry_in
        retry = Again(trial.ended_at + wait, trial.number)
        return retry if turn is None or retry.due_at < turn.due_at else turn
    return turn or Failed()


def after_interruption(trial: Try, times: int) -> Next:
    """It did nothing wrong that we know of, so it is no attempt of its; but one that kills every process must end.

    *times*: how often it was interrupted, this one included.
    """
    if times < MOST_INTERRUPTIONS:
        return Again(trial.ended_at + pause(times), trial.number - 1)
    return trial.turn or Failed()


def pause(times: int) -> timedelta:
    """Between what kills the process, others get on with theirs."""
    doubled: int = 2 ** max(times - AT_ONCE, 0) - 1
    return min(timedelta(seconds=doubled), LONGEST_PAUSE)


def backoff(attempt: int, chance: float) -> timedelta:
    """Doubling from 2 s to 5 min; the jitter takes away up to half, so that those who failed together part."""
    doubled: int = 2 ** min(attempt - 1, 20)
    longest = min(FIRST_RETRY * doubled, LONGEST_RETRY)
    return longest * (0.5 + chance / 2)
