"""When it is tried again, whose fault a failure is, and when we give up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rallypoint.features.deliveries.rules.retries import (
    DBOT,
    DISABLED_AFTER,
    LONGEST_ASKED,
    MANY_FAILURES,
    STANDARD,
    Again,
    Dead,
    Delivered,
    Health,
    Trial,
    is_none,
    judge,
)
from rallypoint.kernel.outlets import HELD_BACK, Receipt, Verdict

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
WELL = Health()
FAILED = Receipt(Verdict.LATER, status=500)
UNREACHABLE = Receipt(Verdict.LATER, reason="unreachable")


def judged(receipt, *, attempts=1, health=WELL, patience=STANDARD, chance=0.0):
    return judge(Trial(attempts, receipt, NOW, chance), health, patience)


def test_the_waits_are_those_of_standard_webhooks_and_a_fifth_more_at_most():
    seconds = [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    waits = [
        [judged(FAILED, attempts=n, chance=c).fate.due_at - NOW for n in range(1, 10)]
        for c in (0.0, 1.0)
    ]

    assert [wait.total_seconds() for wait in waits[0]] == seconds
    assert [wait.total_seconds() for wait in waits[1]] == [each * 1.2 for each in seconds]
    assert judged(FAILED, attempts=10).fate == Dead("status_500")


def test_dbots_gets_are_tried_three_times_within_a_minute():
    fates = [judged(FAILED, attempts=n, patience=DBOT, chance=0.5).fate for n in (1, 2, 3)]
    least = judged(FAILED, patience=DBOT, chance=0.0).fate

    assert [fate.due_at - NOW for fate in fates[:2]] == [MINUTE / 2] * 2
    assert fates[2] == Dead("status_500")
    assert least.due_at - NOW == timedelta(seconds=0.5)


def test_an_answer_that_is_no_is_the_events_fault_until_it_is_many():
    one = judged(FAILED)
    many = judged(FAILED, health=Health(NOW, MANY_FAILURES - 1))

    assert one.health.next_try_at is None
    assert one.health.failures == 1
    assert many.health.next_try_at == NOW + STANDARD.waits[MANY_FAILURES - 1]


@pytest.mark.parametrize(
    "receipt",
    [
        pytest.param(UNREACHABLE, id="unreachable"),
        pytest.param(Receipt(Verdict.LATER, status=429, slow=True), id="overloaded"),
        pytest.param(
            Receipt(Verdict.LATER, status=500, retry_in=timedelta(seconds=1)), id="asks to wait"
        ),
    ],
)
def test_what_says_that_nobody_is_served_rests_the_destination(receipt):
    assert judged(receipt).health.next_try_at == NOW + timedelta(seconds=5)


@pytest.mark.parametrize(
    ("asked", "waited"),
    [(timedelta(seconds=1), timedelta(seconds=5)), (HOUR, HOUR), (99 * HOUR, LONGEST_ASKED)],
)
def test_who_asks_to_be_left_alone_is_for_a_day_at_most(asked, waited):
    fate = judged(Receipt(Verdict.LATER, status=429, retry_in=asked, slow=True))

    assert fate.fate.due_at == NOW + waited
    assert fate.health.next_try_at == NOW + waited


def test_what_was_held_back_by_us_is_no_attempt_and_waits_a_second_or_two():
    held = Receipt(Verdict.LATER, reason=HELD_BACK, retry_in=timedelta(seconds=0.02))
    ill = Health(NOW - DISABLED_AFTER, 7)

    assert is_none(held)
    assert not is_none(FAILED)
    assert judged(held, attempts=10, health=ill).health == ill
    assert judged(held, attempts=10).fate.due_at == NOW + timedelta(seconds=1)
    assert judged(held, chance=1.0).fate.due_at == NOW + timedelta(seconds=2)


def test_success_makes_well():
    judgement = judged(Receipt(Verdict.DELIVERED, status=200), health=Health(NOW, 7, NOW))

    assert judgement.fate == Delivered()
    assert judgement.health == WELL


def test_who_takes_long_is_slow_for_a_minute_even_if_it_succeeds():
    slow = judged(Receipt(Verdict.DELIVERED, 5.0, 200)).health

    assert slow.is_slow(NOW + MINUTE - timedelta(seconds=1))
    assert not slow.is_slow(NOW + MINUTE)
    assert not judged(Receipt(Verdict.DELIVERED, 4.9, 200)).health.is_slow(NOW)


@pytest.mark.parametrize(
    ("since", "disabled"), [(DISABLED_AFTER - MINUTE, None), (DISABLED_AFTER, "failing")]
)
@pytest.mark.parametrize("verdict", [Verdict.LATER, Verdict.NEVER])
def test_five_days_of_failing_disable(since, disabled, verdict):
    health = Health(NOW - since, 9)

    assert judged(Receipt(verdict, status=500), health=health).disabled == disabled


def test_what_is_of_no_use_is_dead_at_once_and_who_is_gone_is_disabled():
    assert judged(Receipt(Verdict.NEVER, reason="wrong_type")).fate == Dead("wrong_type")
    assert judged(Receipt(Verdict.GONE, status=410)).disabled == "gone"


def test_the_last_wait_is_a_try_not_a_wait():
    assert isinstance(judged(FAILED, attempts=9).fate, Again)
    assert STANDARD.attempts == 10
