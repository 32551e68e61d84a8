"""When it is tried again, what becomes of a destination that fails, and when we give up. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from rallypoint.kernel.outlets import HELD_BACK, Receipt, Verdict

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)

DISABLED_AFTER = timedelta(days=5)
LONGEST_ASKED = timedelta(hours=24)
SLOW_FOR = MINUTE
SLOW_ANSWER = 5.0
"""Seconds: who takes longer keeps others waiting."""
MANY_FAILURES = 5
"""So many in a row are the destination's fault, not the events'."""
JITTER = 0.2


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait after the first, the second… attempt. After the last one: dead."""

    waits: tuple[timedelta, ...]
    is_random: bool = False
    """Anything up to the wait, but half a second; else the wait and up to a fifth more."""
    one_of_many: bool = False
    """Each is for an address of its own: that one of them is gone says nothing of the others."""

    @property
    def attempts(self) -> int:
        return len(self.waits) + 1

    def after(self, attempts: int, chance: float) -> timedelta | None:
        """None: that was the last one."""
        if attempts >= self.attempts:
            return None
        wait = self.waits[attempts - 1]
        if self.is_random:
            return max(SECOND / 2, wait * chance)
        return wait * (1 + JITTER * chance)


# The example schedule of Standard Webhooks 1.0.
STANDARD = Patience(
    (
        *(5 * SECOND, 5 * MINUTE, 30 * MINUTE),
        *(hours * HOUR for hours in (2, 5, 10, 14, 20, 24)),
    )
)
DBOT = Patience((MINUTE, MINUTE), is_random=True)


@dataclass(frozen=True, slots=True)
class Health:
    """Of a destination."""

    failing_since: datetime | None = None
    failures: int = 0
    """In a row."""
    next_try_at: datetime | None = None
    """Until then nothing is sent; then one, to see."""
    slow_until: datetime | None = None

    def is_well(self, now: datetime) -> bool:
        return self.next_try_at is None and not self.is_slow(now)

    def is_slow(self, now: datetime) -> bool:
        return self.slow_until is not None and self.slow_until > now


@dataclass(frozen=True, slots=True)
class Delivered:
    pass


@dataclass(frozen=True, slots=True)
class Again:
    due_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Dead:
    reason: str


Fate = Delivered | Again | Dead


@dataclass(frozen=True, slots=True)
class Judgement:
    fate: Fate
    health: Health
    disabled: str | None = None
    """The destination gets nothing any more, for this reason."""


@dataclass(frozen=True, slots=True)
class Trial:
    """An attempt that has ended, as far as it decides what comes next."""

    attempts: int
    """With this one."""
    receipt: Receipt
    at: datetime
    chance: float
    """0 to 1, for the jitter."""


def is_none(receipt: Receipt) -> bool:
    """It was not sent at all: that is held against nobody."""
    return receipt.reason == HELD_BACK


def judge(trial: Trial, health: Health, patience: Patience) -> Judgement:
    receipt, now = trial.receipt, trial.at
    if is_none(receipt):
        wait = max(receipt.retry_in or SECOND, SECOND) * (1 + trial.chance)
        return Judgement(Again(now + wait, HELD_BACK), health)
    if receipt.slow or receipt.seconds >= SLOW_ANSWER:
        health = replace(health, slow_until=now + SLOW_FOR)
    match receipt.verdict:
        case Verdict.DELIVERED:
            return Judgement(Delivered(), Health(slow_until=health.slow_until))
        case Verdict.GONE:
            gone = None if patience.one_of_many else "gone"
            return Judgement(Dead("gone"), _failed(health, now), disabled=gone)
        case Verdict.NEVER:
            health = _failed(health, now)
            return Judgement(Dead(_reason(receipt)), health, _disabled(health, now))
        case Verdict.LATER:
            return _later(trial, _failed(health, now), patience)
        case _:
            assert_never(receipt.verdict)


def _later(trial: Trial, health: Health, patience: Patience) -> Judgement:
    receipt, now = trial.receipt, trial.at
    asked = min(receipt.retry_in or timedelta(0), LONGEST_ASKED)
    if receipt.status is None or receipt.slow or asked or health.failures >= MANY_FAILURES:
        tries = min(health.failures, len(STANDARD.waits))
        wait = STANDARD.after(tries, trial.chance) or LONGEST_ASKED
        health = replace(health, next_try_at=now + max(min(wait, _longest(patience)), asked))
    wait_for_it = patience.after(trial.attempts, trial.chance)
    if wait_for_it is None:
        fate: Fate = Dead(_reason(receipt))
    else:
        fate = Again(now + max(wait_for_it, asked), _reason(receipt))
    return Judgement(fate, health, _disabled(health, now))


def _longest(patience: Patience) -> timedelta:
    return max(patience.waits)


def _failed(health: Health, now: datetime) -> Health:
    since = health.failing_since or now
    return replace(health, failing_since=since, failures=health.failures + 1)


def _disabled(health: Health, now: datetime) -> str | None:
    since = health.failing_since
    return "failing" if since is not None and now - since >= DISABLED_AFTER else None


def _reason(receipt: Receipt) -> str:
    return (receipt.reason or f"status_{receipt.status}")[:60]
