"""What becomes of a timer after an attempt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rallypoint.kernel.jobs import Interval, Job
from rallypoint.kernel.jobs.rules import (
    AT_ONCE,
    MOST_INTERRUPTIONS,
    Again,
    Done,
    Failed,
    Try,
    after_failure,
    after_interruption,
    after_success,
    backoff,
)
from rallypoint.kernel.jobs.terms import Terms

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


async def nothing(_work): ...


ONCE = Job(handler=nothing, attempts=3)
MINUTELY = Terms(recurrence=Interval(MINUTE, NOON))


def minutely(number, ended=NOON):
    return Try(number, NOON, ended, NOON, MINUTELY)


@pytest.mark.parametrize(
    ("attempt", "longest"),
    [(1, 2), (2, 4), (3, 8), (8, 256), (9, 300), (10, 300), (10_000, 300)],
)
def test_the_wait_doubles_from_two_seconds_to_five_minutes(attempt, longest):
    assert backoff(attempt, 1.0) == longest * SECOND
    assert backoff(attempt, 0.0) == longest * SECOND / 2


def test_the_last_attempt_but_one_is_followed_by_another():
    assert after_failure(ONCE, Try(2, NOON, NOON), final=False, retry_in=None, chance=1.0) == Again(
        NOON + 4 * SECOND, 2
    )


def test_the_last_attempt_is_followed_by_none():
    assert (
        after_failure(ONCE, Try(3, NOON, NOON), final=False, retry_in=None, chance=1.0) == Failed()
    )


def test_a_success_is_the_end_of_what_happens_once():
    assert after_success(Try(1, NOON, NOON)) == Done()


@pytest.mark.parametrize(
    ("times", "seconds"),
    [(1, 0), (AT_ONCE, 0), (AT_ONCE + 1, 1), (AT_ONCE + 4, 15), (AT_ONCE + 5, 30)],
)
def test_what_was_interrupted_is_repeated_at_once_and_after_some_times_with_pauses(times, seconds):
    """Whatever its number: it is as if that attempt had not been."""
    for number in (1, 3):
        assert after_interruption(Try(number, NOON, NOON + SECOND), times) == Again(
            NOON + SECOND + seconds * SECOND, number - 1
        )


def test_what_is_interrupted_again_and_again_has_failed_or_waits_for_its_next_turn():
    assert isinstance(after_interruption(minutely(1), MOST_INTERRUPTIONS - 1), Again)
    assert after_interruption(Try(1, NOON, NOON), MOST_INTERRUPTIONS) == Failed()
    assert after_interruption(minutely(1), MOST_INTERRUPTIONS) == Again(
        NOON + MINUTE, 0, planned_at=NOON + MINUTE
    )


@pytest.mark.parametrize(
    ("ended", "turn"),
    [
        (NOON, NOON + MINUTE),
        (NOON + 59 * SECOND, NOON + MINUTE),
        (NOON + MINUTE, NOON + 2 * MINUTE),
        (NOON + 61 * SECOND, NOON + 2 * MINUTE),
        (NOON + timedelta(days=3, seconds=1), NOON + timedelta(days=3) + MINUTE),
        (NOON - timedelta(hours=1), NOON - timedelta(hours=1) + MINUTE),
    ],
    ids=[
        "at once",
        "just in time",
        "just too late",
        "one missed",
        "days missed",
        "clock went back",
    ],
)
def test_an_interval_keeps_its_grid_and_skips_what_it_missed(ended, turn):
    assert after_success(minutely(1, ended)) == Again(turn, 0, planned_at=turn)


def test_a_failed_interval_is_retried_before_its_next_turn():
    assert after_failure(ONCE, minutely(1), final=False, retry_in=None, chance=1.0) == Again(
        NOON + 2 * SECOND, 1
    )


@pytest.mark.parametrize("retry_in", [MINUTE, timedelta(hours=1)])
def test_a_failed_interval_does_not_wait_longer_than_for_its_next_turn(retry_in):
    assert after_failure(ONCE, minutely(1), final=False, retry_in=retry_in, chance=1.0) == Again(
        NOON + MINUTE, 0, planned_at=NOON + MINUTE
    )


@pytest.mark.parametrize("final", [True, False])
def test_an_interval_never_fails_for_good(final):
    assert after_failure(ONCE, minutely(3), final=final, retry_in=None, chance=1.0) == Again(
        NOON + MINUTE, 0, planned_at=NOON + MINUTE
    )
