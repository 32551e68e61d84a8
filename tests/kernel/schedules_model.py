"""What a schedule ought to do, as simply as it can be said: one schedule, no database, no processes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from rallypoint.kernel.jobs import Cron, Interval, Misfire, Once

MOST_ATTEMPTS = 3
RETRY_IN = timedelta(seconds=77)
MISSED = timedelta(minutes=1)

Turn = tuple[datetime, int]
"""The moment it is about, and which attempt."""


@dataclass
class Due:
    """What is to happen next."""

    planned: datetime
    at: datetime
    ends: bool
    attempts: int = 0
    abandoned: bool = False
    """A worker has begun it, and is no more."""
    wished: datetime | None = None
    """Scheduled again since that worker began."""
    failed: bool = False


@dataclass
class Expected:
    recurrence: Interval | Cron | Once
    created_at: datetime
    misfire: Misfire
    active: bool = True
    says: datetime | None = None
    due: Due | None = None
    fails: int = 0
    """So many attempts will."""

    @property
    def at(self) -> datetime | None:
        return None if self.due is None else self.due.at

    def first(self, now: datetime) -> datetime | None:
        """Of its turns after now; None: there is none."""
        if isinstance(self.recurrence, Interval):
            return Interval(self.recurrence.every, self.created_at).next_after(now)
        return self.recurrence.next_after(now)

    def go_by(self, recurrence: Interval | Cron | Once, now: datetime) -> None:
        self.recurrence = recurrence
        self.says = self.first(now) if self.active else None
        if self.says is not None:
            self.arm(self.says)

    def pause(self) -> None:
        self.active, self.says = False, None
        if self.due is not None and self.due.abandoned:
            self.due.ends, self.due.wished = True, None
        else:
            self.due = None

    def resume(self, now: datetime) -> None:
        if self.active and self.says is not None:
            return
        self.active, self.says = True, self.first(now)
        assert self.says is not None
        self.arm(self.says)

    def run_now(self, now: datetime) -> None:
        if self.active:
            self.says = now
        self.arm(now)

    def arm(self, at: datetime) -> None:
        if self.due is not None and self.due.abandoned:
            self.due.wished, self.due.ends = at, not self.active
        else:
            self.due = Due(at, at, ends=not self.active)

    def is_missed(self, now: datetime) -> bool:
        due = self.due
        assert due is not None
        late = now - due.planned > MISSED
        begun = due.attempts or due.at != due.planned
        return self.misfire is Misfire.SKIP and not begun and late

    def abandon(self) -> None:
        """A worker begins it, and dies."""
        assert self.due is not None
        self.due.abandoned = True

    def work(self, now: datetime) -> list[Turn]:
        """All that is to be done by now."""
        had: list[Turn] = []
        if self.due is not None and self.due.abandoned:
            self._is_taken_over(now)
        self._is_brought_near(now)
        while self.due is not None and not self.due.failed and self.due.at <= now:
            if self.is_missed(now):
                self._go_on(self._turn(now))
                continue
            self.due.attempts += 1
            had.append((self.due.planned, self.due.attempts))
            if self.fails:
                self.fails -= 1
                self._has_failed(now)
            else:
                self._go_on(self._turn(now))
        return had

    def _turn(self, now: datetime) -> Due | None:
        assert self.due is not None
        since = now if isinstance(self.recurrence, Interval) else max(self.due.planned, now)
        turn = self.first(since)
        return None if turn is None else Due(turn, max(turn, now), self.due.ends)

    def _is_taken_over(self, now: datetime) -> None:
        due = self.due
        assert due is not None
        self._go_on(Due(due.planned, now, due.ends, due.attempts))

    def _has_failed(self, now: datetime) -> None:
        due, turn = self.due, self._turn(now)
        assert due is not None
        retry = Due(due.planned, now + RETRY_IN, due.ends, due.attempts)
        again = due.attempts < MOST_ATTEMPTS and (turn is None or retry.at < turn.at)
        self._go_on(retry if again else turn, failed=True)

    def _go_on(self, next_: Due | None, *, failed: bool = False) -> None:
        due = self.due
        assert due is not None
        due.abandoned = False
        if due.wished is not None:
            self.due = Due(due.wished, due.wished, due.ends)
        elif due.ends:
            self.due = None
        elif next_ is None and failed:
            due.failed = True
        else:
            self.due = next_
        self.says = self.due.at if self.due is not None and not self.due.failed else None

    def _is_brought_near(self, now: datetime) -> None:
        """An interval is never further ahead than it is long, and a cron at a moment that it names."""
        due, recurrence = self.due, self.recurrence
        if not self.active or due is None or due.failed or due.at <= now:
            return
        if isinstance(recurrence, Interval):
            off = due.at - now > recurrence.every
        elif isinstance(recurrence, Cron) and not due.attempts and not due.at.second:
            off = recurrence.next_after(due.at - timedelta(microseconds=1)) != due.at
        else:
            off = False
        if off:
            self.says = self.first(now)
            assert self.says is not None
            self.arm(self.says)
