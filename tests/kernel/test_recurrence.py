"""When something that recurs comes next, also where the clocks change."""

from __future__ import annotations

import math
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rallypoint.kernel.errors import Refused
from rallypoint.kernel.jobs.recurrence import SHORTEST, Cron, Interval, Once, first

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)

BERLIN = "Europe/Berlin"
NEW_YORK = "America/New_York"
LORD_HOWE = "Australia/Lord_Howe"
"""Its clocks change by half an hour."""
ZONES = (BERLIN, NEW_YORK, LORD_HOWE)


def local(zone, *parts, fold=0):
    return datetime(*parts).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def moments(recurrence, after, until):
    found = []
    while (moment := recurrence.next_after(after)) is not None and moment < until:
        found.append(moment)
        after = moment
    return found


@pytest.mark.parametrize(
    ("now", "turn"),
    [
        (NOON, NOON + MINUTE),
        (NOON + MINUTE - timedelta(microseconds=1), NOON + MINUTE),
        (NOON + MINUTE, NOON + 2 * MINUTE),
        (NOON + timedelta(days=3, seconds=1), NOON + timedelta(days=3) + MINUTE),
        (NOON - timedelta(hours=1), NOON - timedelta(hours=1) + MINUTE),
    ],
    ids=["at once", "just before", "just at", "days later", "before its anchor"],
)
def test_an_interval_keeps_the_grid_through_its_anchor(now, turn):
    assert Interval(MINUTE, NOON).next_after(now) == turn


@given(
    now=st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2040, 1, 1)),
    every=st.timedeltas(min_value=SHORTEST, max_value=timedelta(days=30)),
)
def test_the_next_of_an_interval_is_the_first_moment_of_the_grid_after_now(now, every):
    now = now.replace(tzinfo=UTC)
    turn = first(Interval(every, NOON), now)

    assert now < turn <= now + every
    assert (turn - NOON) % every == timedelta(0)


def test_an_interval_goes_by_real_time_where_the_clocks_change():
    start = local(BERLIN, 2030, 10, 27, 0, 30)
    found = moments(Interval(timedelta(hours=1), start), start, start + timedelta(hours=5))

    assert [each.astimezone(ZoneInfo(BERLIN)).hour for each in found] == [1, 2, 2, 3]


def test_something_that_happens_once_does_not_come_again():
    assert Once(NOON).next_after(NOON - SECOND) == NOON
    assert Once(NOON).next_after(NOON) is None


@pytest.mark.parametrize(
    ("zone", "day", "wall", "comes"),
    [
        (BERLIN, (2030, 3, 31), "30 2", (3, 0)),
        (NEW_YORK, (2030, 3, 10), "30 2", (3, 0)),
        (LORD_HOWE, (2030, 10, 6), "15 2", (2, 30)),
        ("Africa/Cairo", (2030, 4, 26), "30 0", (1, 0)),
    ],
)
def test_a_time_that_the_clock_leaves_out_comes_once_at_the_end_of_the_gap(zone, day, wall, comes):
    cron = Cron(f"{wall} * * *", zone)
    start = local(zone, *day) - SECOND
    found = moments(cron, start, start + timedelta(hours=20))

    assert found == [local(zone, *day, *comes)]


@pytest.mark.parametrize(
    ("zone", "day", "wall", "comes"),
    [
        (BERLIN, (2030, 10, 27), "30 2", (2, 30)),
        (NEW_YORK, (2030, 11, 3), "30 1", (1, 30)),
        (LORD_HOWE, (2030, 4, 7), "45 1", (1, 45)),
    ],
)
def test_a_time_that_the_clock_has_twice_comes_once_at_its_first_pass(zone, day, wall, comes):
    cron = Cron(f"{wall} * * *", zone)
    found = moments(cron, local(zone, *day), local(zone, *day) + timedelta(hours=20))

    assert found == [local(zone, *day, *comes, fold=0)]
    assert first(cron, local(zone, *day, *comes, fold=1)) > found[0] + timedelta(hours=20)


def test_several_times_in_one_gap_come_as_one():
    found = moments(
        Cron("*/20 2 * * *", BERLIN),
        local(BERLIN, 2030, 3, 31),
        local(BERLIN, 2030, 4, 1),
    )

    assert found == [local(BERLIN, 2030, 3, 31, 3, 0)]


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (BERLIN, (2030, 3, 31), 23),
        (BERLIN, (2030, 10, 27), 25),
        (NEW_YORK, (2030, 3, 10), 23),
        (NEW_YORK, (2030, 11, 3), 25),
        (LORD_HOWE, (2030, 10, 6), 23.5),
        (LORD_HOWE, (2030, 4, 7), 24.5),
    ],
)
def test_a_cron_of_every_minute_never_stands_still(zone, day, hours):
    start = local(zone, *day)
    end = (datetime(*day) + timedelta(days=1)).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    found = moments(Cron("* * * * *", zone), start - SECOND, end)

    assert len(found) == hours * 60
    assert {later - earlier for earlier, later in pairwise(found)} == {MINUTE}


PARTS = st.tuples(
    st.one_of(st.just("*"), st.just("*/7"), st.integers(0, 59).map(str), st.just("15,45")),
    st.one_of(st.just("*"), st.just("*/2"), st.integers(0, 23).map(str), st.just("1-3")),
    st.one_of(st.just("*"), st.integers(1, 28).map(str), st.just("L")),
    st.one_of(st.just("*"), st.integers(1, 12).map(str)),
    st.one_of(st.just("*"), st.integers(0, 6).map(str)),
)


@settings(max_examples=150, deadline=None)
@given(
    parts=PARTS,
    zone=st.sampled_from(ZONES),
    start=st.datetimes(min_value=datetime(2024, 1, 1), max_value=datetime(2036, 1, 1)),
)
def test_the_moments_of_a_cron_increase_exist_and_are_those_it_names(parts, zone, start):
    cron = Cron(" ".join(parts), zone)
    minutes, hours = _field(parts[0], 60), _field(parts[1], 24)
    moment = start.replace(tzinfo=UTC)
    for _ in range(4):
        following = first(cron, moment)

        assert following > moment
        moment = following
        wall = moment.astimezone(ZoneInfo(zone))
        named = wall.minute in minutes and wall.hour in hours
        assert named or _is_end_of_gap(moment, zone)
        assert (wall.second, wall.microsecond) == (0, 0)


@settings(max_examples=25, deadline=None)
@given(minute=st.integers(0, 59), hour=st.integers(0, 23), zone=st.sampled_from(ZONES))
def test_a_daily_cron_comes_exactly_once_on_every_day_of_the_year(minute, hour, zone):
    found = moments(
        Cron(f"{minute} {hour} * * *", zone),
        local(zone, 2030, 1, 1) - SECOND,
        local(zone, 2031, 1, 1),
    )
    days = [moment.astimezone(ZoneInfo(zone)).date() for moment in found]

    assert len(days) == len(set(days)) == 365


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: Interval.of_seconds(0), "interval_too_short"),
        (lambda: Interval.of_seconds(-60), "interval_too_short"),
        (lambda: Interval.of_seconds(29.999), "interval_too_short"),
        (lambda: Interval.of_seconds(math.nan), "interval_not_a_number"),
        (lambda: Interval.of_seconds(math.inf), "interval_not_a_number"),
        (lambda: Interval.of_seconds(True), "interval_not_a_number"),
        (lambda: Interval.of_seconds(1e300), "interval_too_long"),
        (lambda: Cron("* * * * * *"), "cron_invalid"),
        (lambda: Cron("0 0 30 2 *"), "cron_invalid"),
        (lambda: Cron("0 0 5 * 8"), "cron_invalid"),
        (lambda: Cron("0 0 * 2 MON#5,TUE#5 "), None),
        (lambda: Cron("0 0 */31 2 2#5L"), "cron_invalid"),
        (lambda: Cron("60 * * * *"), "cron_invalid"),
        (lambda: Cron("*/0 * * * *"), "cron_invalid"),
        (lambda: Cron("-1 * * * *"), "cron_invalid"),
        (lambda: Cron(""), "cron_invalid"),
        (lambda: Cron("1" * 5000 + " * * * *"), "cron_invalid"),
        (lambda: Cron("0 3 * * *", "Europe/Berlim"), "zone_unknown"),
        (lambda: Cron("0 3 * * *", "../../etc/passwd"), "zone_unknown"),
        (lambda: Cron("0 3 * * *", "localtime"), "zone_unknown"),
        (lambda: Once(datetime(2030, 1, 1)), "moment_without_zone"),
        (lambda: first(Once(NOON), NOON), "once_passed"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_the_door(make, code):
    if code is None:
        assert make().next_after(NOON) is not None
        return
    with pytest.raises(Refused) as refused:
        make()

    assert refused.value.code == code


def test_the_shortest_interval_is_allowed():
    assert Interval.of_seconds(30).every == SHORTEST


def test_a_mistyped_zone_is_answered_with_the_nearest():
    with pytest.raises(Refused) as refused:
        Cron("0 3 * * *", "Europe/Berlim")

    assert refused.value.facts == {"zone": "Europe/Berlim", "nearest": BERLIN}


@given(st.text(max_size=30), st.text(max_size=20))
@settings(deadline=None)
def test_no_text_is_answered_with_anything_but_a_cron_or_a_refusal(expression, zone):
    with suppress(Refused):
        Cron(expression, zone)


@given(st.lists(st.text("0123456789*/-,#LW", min_size=1, max_size=6), min_size=5, max_size=5))
@settings(deadline=None)
def test_no_five_fields_are_answered_with_anything_but_a_moment_or_a_refusal(fields):
    try:
        cron = Cron(" ".join(fields), BERLIN)
    except Refused:
        return

    assert first(cron, NOON) > NOON


def _field(text, size):
    if text.startswith("*"):
        return set(range(0, size, int(text[2:] or 1)))
    if "-" in text:
        low, high = map(int, text.split("-"))
        return set(range(low, high + 1))
    return set(map(int, text.split(",")))


def _is_end_of_gap(moment, zone):
    before = (moment - SECOND).astimezone(ZoneInfo(zone)).utcoffset()
    return moment.astimezone(ZoneInfo(zone)).utcoffset() > before
