"""Recurrences in words: what is shown can be written, and what is written is understood or refused with a reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rallypoint.kernel.errors import Refused
from rallypoint.kernel.jobs import Cron, Interval, Once
from rallypoint.kernel.jobs.spoken import in_words, understood

BERLIN = "Europe/Berlin"
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("0 3 * * *", "every day at 03:00"),
        ("0 9,18 * * *", "every day at 09:00 and 18:00"),
        ("0 20 * * 1", "on Mondays at 20:00"),
        ("0 20 * * MON,THU", "on Mondays and Thursdays at 20:00"),
        ("30 18 * * 1-5", "Monday through Friday at 18:30"),
        ("0 * * * *", "at the start of every hour"),
        ("*/5 * * * *", "every fifth minute of every hour"),
        ("0 0 1 * *", "at 00:00 on the first day of every month"),
        ("0 12 * * 5#1", "at 12:00 on the first Friday of the month"),
    ],
)
def test_a_cron_is_said_in_words_with_its_zone(expression, words):
    assert in_words(Cron(expression, BERLIN)) == f"{words}, {BERLIN}"


def test_an_interval_and_a_moment_are_said_in_words():
    assert in_words(Interval(6 * HOUR)) == "every 6 h"
    assert in_words(Once(datetime(2026, 12, 1, 20, tzinfo=UTC))) == (
        "once, on 2026-12-01 at 20:00, UTC"
    )


@pytest.mark.parametrize(
    ("text", "recurrence"),
    [
        ("every 6 h", Interval(6 * HOUR)),
        ("6H", Interval(6 * HOUR)),
        ("every 1h 30m", Interval(1.5 * HOUR)),
        ("every 30 minutes", Interval(HOUR / 2)),
        ("Every hour", Interval(HOUR)),
        ("hourly", Interval(HOUR)),
        ("every day at 20:00", Cron("0 20 * * *", BERLIN)),
        ("daily at 3:05", Cron("5 3 * * *", BERLIN)),
        ("Mondays at 20:00", Cron("0 20 * * 1", BERLIN)),
        ("on Mon, Thurs and sunday at 9:00", Cron("0 9 * * 1,4,0", BERLIN)),
        ("weekdays at 18:00", Cron("0 18 * * 1-5", BERLIN)),
        ("0 3 * * *", Cron("0 3 * * *", BERLIN)),
        ("0 20 * * mon", Cron("0 20 * * MON", BERLIN)),
    ],
)
def test_what_people_write_is_understood(text, recurrence):
    assert understood(text, BERLIN) == recurrence


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-12-01 20:00", datetime(2026, 12, 1, 19, tzinfo=UTC)),
        ("once, on 2026-07-01 at 20:00", datetime(2026, 7, 1, 18, tzinfo=UTC)),
        ("2026-03-29 02:30", datetime(2026, 3, 29, 1, tzinfo=UTC)),
        ("2026-10-25 02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
    ids=["winter", "summer", "gap: its end", "fold: the first"],
)
def test_a_moment_is_meant_in_the_zone(text, moment):
    found = understood(text, BERLIN)

    assert isinstance(found, Once)
    assert found.at.astimezone(UTC) == moment


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("soon", "when_not_understood"),
        ("", "when_not_understood"),
        ("90", "when_not_understood"),
        ("every week", "when_not_understood"),
        ("mo at 20:00", "when_not_understood"),
        ("every day at 24:00", "when_not_understood"),
        ("2026-02-30 20:00", "when_not_understood"),
        ("every 9999999999999 d", "when_not_understood"),
        ("every 29 s", "interval_too_short"),
        ("every 4000 d", "interval_too_long"),
        ("0 0 30 2 *", "cron_invalid"),
        ("61 * * * *", "cron_invalid"),
    ],
)
def test_what_is_not_understood_is_refused(text, code):
    with pytest.raises(Refused) as refused:
        understood(text, BERLIN)

    assert refused.value.code == code


def test_a_zone_that_there_is_not_is_refused_whatever_is_written():
    with pytest.raises(Refused):
        understood("every 6 h", "Europe/Berln")


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60) | st.from_regex(r"(on |every )?[a-z0-9, ]{0,20}( at [0-9:]{1,6})?"))
def test_whatever_is_written_is_understood_or_refused_and_can_be_said(text):
    try:
        found = understood(text, BERLIN)
    except Refused:
        return

    assert in_words(found)


@pytest.mark.parametrize(
    "text", ["every 6 h", "every day at 03:00", "on Mondays and Fridays at 20:00"]
)
def test_what_is_shown_can_be_written(text):
    assert in_words(understood(text, BERLIN)).removesuffix(f", {BERLIN}") == text
