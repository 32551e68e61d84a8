"""What passes between the engine and its store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import Column, Table

from .rules import Done, Next
from .terms import is_sweep
from .timers import Run, RunStatus, Schedule, Timer, Worker

timer = cast(Table, Timer.__table__)
run = cast(Table, Run.__table__)
worker = cast(Table, Worker.__table__)
schedule = cast(Table, Schedule.__table__)


class Claim(NamedTuple):
    """A timer that is a worker's as long as its lease lasts.

    A tuple: there is one for every job, and it is made in a fifth of a frozen dataclass's time.
    """

    id: int
    token: int
    kind: str
    key: str | None
    lane: str | None
    args: Mapping[str, Any]
    planned_at: datetime
    due_at: datetime
    attempts: int
    """Those before this one."""
    schedule_id: int | None = None
    terms: Mapping[str, Any] | None = None
    begun: bool = False
    """It was started in the same statement."""


class Claimed(NamedTuple):
    claims: list[Claim]
    next_due: datetime | None
    """Of what waits, the first that is due after those that were asked for."""


def in_time(claim: Claim) -> tuple[datetime, int]:
    """The order in which they are run."""
    return claim.due_at, claim.id


CLAIM_COLUMNS: tuple[Column[Any], ...] = tuple(
    timer.c[name]
    for name in (
        *("id", "token", "kind", "key", "lane", "args", "planned_at", "due_at", "attempts"),
        *("schedule_id", "terms"),
    )
)


class Seen(NamedTuple):
    """What a worker finds when it renews its lease: most of the time, that there is nothing to look after."""

    abandoned: bool
    """A worker's lease is over, or somebody is gone and has left claims behind."""
    parked: bool
    """There are timers that some version did not know what to do with."""
    next_end: float | None = None
    """Seconds until the first of the others' leases would be over."""


class Outcome(NamedTuple):
    """What came of one attempt, and what is to come of its timer."""

    claim: Claim
    worker: str
    status: RunStatus
    started_at: datetime
    finished_at: datetime
    attempt: int
    error: str | None
    next: Next

    @property
    def is_plain(self) -> bool:
        """It went well, and that is all there is to say: no schedule wants to know, nothing comes after it."""
        return isinstance(self.next, Done) and self.claim.schedule_id is None

    def run_row(self) -> dict[str, Any]:
        return {
            "timer_id": self.claim.id,
            "kind": self.claim.kind,
            "key": self.claim.key,
            "due_at": self.claim.due_at,
            "started_at": self.started_at,
            "finished_at": self.finished_at,
            "attempt": self.attempt,
            "status": self.status.value,
            "error": self.error,
            "worker": self.worker,
            "schedule_id": self.claim.schedule_id,
        }

    @property
    def is_counted_only(self) -> bool:
        """A sweep that went well: thousands of them say no more than their number."""
        terms = self.claim.terms
        return terms is not None and self.status is RunStatus.SUCCESS and is_sweep(terms)
