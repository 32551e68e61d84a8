from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rallypoint.features.timetable.web.asked import Asked, asked_of
from rallypoint.kernel.jobs import Cron, Interval, Once, Schedule
from rallypoint.kernel.jobs.rows import columns_of, recurrence_of
from rallypoint.kernel.jobs.schedules import KEEP

NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)


def row_of(recurrence, **given):
    told: dict[str, Any] = {
        "name": "x",
        "description": "",
        "kind": "k",
        "config": {},
        "misfire": "once",
    }
    told |= {"builtin": None, "attempts": None, "timeout_seconds": None, "created_at": NOON}
    return Schedule(**{**told, **columns_of(recurrence), **given})


FIELDS = [
    *("0 20 * * 1,4", "0 3 * * *", "30 7 * * 1-5", "*/10 * * * *", "0 12 1 * *", "0 0 29 2 *"),
    *("15 20 * * 0", "0 9,18 * * *", "5 4 * * SUN", "0 20 * * MON-FRI"),
]


@pytest.mark.parametrize("expression", FIELDS)
def test_what_stands_in_the_form_of_a_cron_means_that_cron(expression):
    row = row_of(Cron(expression, "Europe/Berlin"))

    asked = asked_of(row, "UTC")
    assert asked.zone == "Europe/Berlin"
    found = asked.recurrence()
    moments = [each.next_after(NOON) for each in (found, recurrence_of(row))]
    assert moments[0] == moments[1]


@given(st.integers(30, 10**7))
def test_what_stands_in_the_form_of_an_interval_means_that_interval(seconds):
    row = row_of(Interval(timedelta(seconds=seconds)))

    assert asked_of(row, "UTC").recurrence() == Interval(timedelta(seconds=seconds))


@given(st.integers(0, 10**6), st.sampled_from(["UTC", "Asia/Kolkata", "Pacific/Chatham"]))
def test_what_stands_in_the_form_of_a_moment_means_that_moment(minutes, zone):
    at = NOON + timedelta(minutes=minutes)

    assert asked_of(row_of(Once(at)), zone).recurrence() == Once(at)


def test_what_is_left_as_it_stands_is_not_changed():
    row = row_of(Interval(timedelta(minutes=90)), attempts=3, timeout_seconds=1.5)
    changes = asked_of(row, "UTC").changes(row, None, {}, "UTC")

    assert {getattr(changes, name) for name in changes.__dataclass_fields__} == {KEEP}


def test_a_built_in_one_keeps_its_name():
    row = row_of(Interval(timedelta(minutes=90)), builtin="backup")
    changes = Asked(**asked_of(row, "UTC").model_dump() | {"name": "", "attempts": 2}).changes(
        row, None, {}, "UTC"
    )

    assert (changes.name, changes.attempts) == (KEEP, 2)
