"""What conditions let through, one by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rallypoint.features.conditions.rules import steps
from rallypoint.features.conditions.rules.asked import Conditions, QuietHours
from rallypoint.features.conditions.rules.heard import Heard, is_about
from rallypoint.features.conditions.rules.starts import MOST, Starts

from .conftest import NOON

JOINED, LEFT, EMPTIED = "presence.joined", "presence.left", "presence.emptied"
FOUR = {"occupancy": {"at_least": 4, "for_seconds": 60}}


def asked(**wanted):
    return Conditions.model_validate(wanted)


def sent(told):
    return [(event_id, seconds) for event_id, outcome, seconds in told if outcome == "sent"]


TWO_FOR_A_MINUTE = asked(occupancy={"at_least": 2, "for_seconds": 60})


@pytest.mark.parametrize(
    ("left_at", "fires"), [(60, True), (59.999999, False)], ids=["just", "just not"]
)
def test_enough_for_long_enough_is_sent_to_the_moment(heard, run, left_at, fires):
    events = [heard(JOINED, 0, 1), heard(JOINED, 0, 2), heard(LEFT, left_at, 1)]
    _, told = run(TWO_FOR_A_MINUTE, events)

    assert sent(told) == ([("id2", 60)] if fires else [])


def test_it_is_sent_once_for_each_time_it_became_so(heard, run):
    events = [heard(JOINED, 0, 1), heard(JOINED, 1, 2), heard(JOINED, 90, 3)]
    events += [heard(LEFT, 100, 1), heard(LEFT, 101, 2), heard(JOINED, 102, 2)]
    events += [heard(JOINED, 300, 1)]
    _, told = run(TWO_FOR_A_MINUTE, events)

    assert sent(told) == [("id2", 61), ("id6", 162)]


def test_who_leaves_in_time_starts_it_anew(heard, run):
    events = [heard(JOINED, 0, 1), heard(JOINED, 0, 2), heard(LEFT, 30, 2), heard(JOINED, 40, 2)]
    state, told = run(TWO_FOR_A_MINUTE, events)

    assert sent(told) == []
    assert state.room.held.due == NOON + timedelta(seconds=100)
    assert sent(_rulings(steps.tick(TWO_FOR_A_MINUTE, state, NOON + timedelta(seconds=99)))) == []
    done = steps.tick(TWO_FOR_A_MINUTE, state, NOON + timedelta(seconds=100))
    assert sent(_rulings(done)) == [("id4", 100)]
    assert steps.tick(TWO_FOR_A_MINUTE, done.state, NOON + timedelta(days=1)).rulings == ()


def _rulings(done):
    return [(r.event.id, str(r.outcome), (r.at - NOON).total_seconds()) for r in done.rulings]


@pytest.mark.parametrize("kind", [LEFT, EMPTIED])
def test_an_emptied_channel_lets_go_of_what_was_held(heard, run, kind):
    two = asked(occupancy={"at_least": 2, "for_seconds": 60})
    state, _ = run(two, [heard(JOINED, 0, 1), heard(JOINED, 0, 2), heard(kind, 1, 2)])

    assert state.room.held is None


def test_only_people_count_unless_bots_are_to(heard, run):
    events = [heard(JOINED, 0, 1), heard(JOINED, 1, 2, bot=True), heard(JOINED, 2, 3, bot=None)]
    for members, wanted in ((None, []), ("everybody", ["id2"]), ("bots", [])):
        two = asked(occupancy={"at_least": 2}, members=members)
        _, told = run(two, events)

        assert [event_id for event_id, _ in sent(told)] == wanted


def test_who_wants_no_history_is_as_if_not_there_but_goes(heard, run):
    two = asked(occupancy={"at_least": 2})
    events = [heard(JOINED, 0, 1), heard(JOINED, 1, 2, fleeting=True)]
    events += [heard(LEFT, 2, 1, fleeting=True), heard(JOINED, 3, 3)]
    state, told = run(two, events)

    assert sent(told) == []
    assert state.room.occupants == {3}


def test_only_who_comes_into_an_empty_channel_is_first(heard, run):
    events = [heard(JOINED, 0, 9, bot=True), heard(JOINED, 1, 1), heard(JOINED, 2, 2)]
    events += [heard(LEFT, 3, 1), heard(LEFT, 4, 2), heard(JOINED, 5, 2)]
    _, told = run(asked(first_joiner=True), events)

    assert sent(told) == [("id2", 1), ("id6", 5)]
    assert ("id3", "first_joiner", 2) in told


@pytest.mark.parametrize(
    ("wall", "quiet"),
    [
        ("2026-05-01 21:59:59.999999", False),
        ("2026-05-01 22:00", True),
        ("2026-05-02 00:00", True),
        ("2026-05-02 06:59:59", True),
        ("2026-05-02 07:00", False),
        ("2026-03-29 01:59", True),
        ("2026-03-29 03:00", True),
        ("2026-10-25 02:30", True),
    ],
)
def test_quiet_hours_go_by_the_wall_over_midnight(wall, quiet):
    hours = QuietHours(start="22:00", end="07:00", zone="Europe/Berlin")
    moment = datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo("Europe/Berlin"))

    assert hours.are_at(moment.astimezone(UTC)) is quiet


def test_hours_that_a_day_leaves_out_are_not_quiet_and_those_it_has_twice_are_both():
    """Berlin, 2026: at 02:00 it is 03:00 on March 29; at 03:00 it is 02:00 again on October 25."""
    hours = QuietHours(start="02:15", end="02:45", zone="Europe/Berlin")

    def minutes(day, month):
        start = datetime(2026, month, day, tzinfo=UTC)
        return sum(hours.are_at(start + timedelta(minutes=n)) for n in range(24 * 60))

    assert (minutes(28, 3), minutes(29, 3), minutes(25, 10)) == (30, 0, 60)


WALLS = st.times().map(lambda time: time.strftime("%H:%M"))
ZONES = st.sampled_from(["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "UTC"])
MOMENTS = st.datetimes(
    datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)
) | st.sampled_from([datetime(2026, 10, 25, 1), datetime(2026, 3, 29, 1)]).map(
    lambda moment: moment.replace(tzinfo=UTC)
)


@settings(deadline=None)
@given(WALLS, WALLS, ZONES, MOMENTS)
def test_every_moment_is_quiet_by_either_the_hours_or_their_rest(start, end, zone, moment):
    if start == end:
        return
    hours = QuietHours(start=start, end=end, zone=zone)
    rest = QuietHours(start=end, end=start, zone=zone)

    assert hours.are_at(moment) is not rest.are_at(moment)


def test_in_quiet_hours_nothing_is_sent_also_not_what_was_held_until_then(heard, run):
    two = asked(
        occupancy={"at_least": 2, "for_seconds": 60},
        quiet_hours={"start": "12:01", "end": "13:00", "zone": "UTC"},
    )
    _, told = run(two, [heard(JOINED, 0, 1), heard(JOINED, 0, 2), heard(JOINED, 99, 3)])

    assert ("id2", "quiet_hours", 60) in told
    assert sent(told) == []


@pytest.mark.parametrize(("last", "fires"), [(3600, True), (3599.999999, False)])
def test_an_hour_later_there_is_room_again(heard, run, last, fires):
    events = [heard(JOINED, at, 1) for at in (0, 1800, 1801, last)]
    _, told = run(asked(most_per_hour=2), events)

    assert sent(told)[:2] == [("id1", 0), ("id2", 1800)]
    assert (("id4", last) in sent(told)) is fires
    assert ("id3", "most_per_hour", 1801) in told


def test_two_at_the_moment_at_which_the_hour_is_over_both_find_room(heard, run):
    _, told = run(asked(most_per_hour=2), [heard(JOINED, at, 1) for at in (0, 3600, 3600)])
    _, back = run(asked(most_per_hour=1), [heard(JOINED, at, 1) for at in (3600, 0)])

    assert [at for _, at in sent(told)] == [0, 3600, 3600]
    assert [at for _, at in sent(back)] == [3600, 0]


SECONDS = st.integers(-3 * 3600, 3 * 3600)


@settings(deadline=None)
@given(st.integers(1, 4), st.lists(SECONDS, max_size=60))
def test_no_hour_ever_sees_more_however_the_clock_goes(most, moments):
    conditions, state = asked(most_per_hour=most), steps.State()
    fired: list[int] = []
    for number, seconds in enumerate(moments):
        at = NOON + timedelta(seconds=seconds)
        done = steps.step(conditions, state, Heard(str(number), "a.b", "", at, {}), wanted=True)
        state = done.state
        fired += [seconds for each in done.rulings if each.outcome is steps.Outcome.SENT]

        assert len(state.sent.lately) <= 2 * most
    for start in fired:
        assert sum(start <= each < start + 3600 for each in fired) <= most


@settings(deadline=None)
@given(st.integers(1, 4), st.lists(st.integers(0, 20 * 3600), max_size=60))
def test_while_the_clock_goes_on_as_many_are_sent_as_may_be(most, moments):
    conditions, state = asked(most_per_hour=most), steps.State()
    fired: list[int] = []
    for number, seconds in enumerate(sorted(moments)):
        at = NOON + timedelta(seconds=seconds)
        done = steps.step(conditions, state, Heard(str(number), "a.b", "", at, {}), wanted=True)
        state = done.state
        may = sum(seconds - each < 3600 for each in fired) < most

        assert (done.rulings[0].outcome is steps.Outcome.SENT) is may
        fired += [seconds] if may else []


def test_what_is_heard_twice_counts_once(heard, run):
    event, other = heard(JOINED), heard(JOINED)
    _, told = run(asked(most_per_hour=2), [event, event, other])

    assert [event_id for event_id, _ in sent(told)] == ["id1", "id1", "id2"]


def test_an_event_must_say_whom_it_is_about_to_be_of_people_or_of_bots(heard, run):
    events = [heard(JOINED), heard(JOINED, bot=True), heard(JOINED, bot=1), heard(JOINED, bot=None)]
    for members, wanted in (("people", ["id1"]), ("bots", ["id2"])):
        _, told = run(asked(members=members), events)

        assert [event_id for event_id, _ in sent(told)] == wanted


def test_roles_are_asked_for_once_all_else_holds_but_the_number(heard, run):
    conditions = asked(roles=["5"], members="people", most_per_hour=1)
    state, told = run(conditions, [heard(JOINED), heard(JOINED, bot=True), heard(JOINED)])
    event = heard(JOINED)
    first = steps.admit(conditions, state, event, event.at)
    again = steps.admit(conditions, first.state, event, event.at)
    other = steps.admit(conditions, first.state, heard(JOINED), event.at)

    assert [outcome for _, outcome, _ in told] == ["asked", "members", "asked"]
    assert [each.rulings[0].outcome for each in (first, again, other)] == [
        "sent",
        "sent",
        "most_per_hour",
    ]


def says(heard, seconds, starts_in, guild=1, subject="game:7"):
    starts = None if starts_in is None else (NOON + timedelta(seconds=starts_in)).isoformat()
    event = heard("games.announced", seconds, starts_at=starts, guild_id=guild)
    return Heard(event.id, event.kind, subject, event.at, event.data)


@pytest.mark.parametrize(
    ("seconds", "fires"), [(-61, False), (-60, True), (0, True), (60, True), (61, False)]
)
def test_near_a_games_start_is_before_it_and_after_it(heard, run, seconds, fires):
    conditions = asked(game_start={"within_minutes": 1})
    events = [says(heard, -3600, 0), heard(JOINED, seconds)]
    _, told = run(conditions, events)

    assert bool(sent(told)) is fires


def test_a_game_that_is_moved_or_called_off_or_elsewhere_starts_no_more_then(heard, run):
    conditions = asked(game_start={"within_minutes": 1})
    events = [says(heard, -9, 0), says(heard, -8, 7200), heard(JOINED, 0)]
    events += [says(heard, 1, None), heard(JOINED, 7200)]
    events += [says(heard, 1, 7300, guild=2, subject="game:8"), heard(JOINED, 7300)]
    _, told = run(conditions, events)

    assert sent(told) == []


def test_an_event_that_says_itself_when_the_game_starts_is_measured_by_that(heard, run):
    conditions = asked(game_start={"within_minutes": 1})
    events = [says(heard, 0, 30), says(heard, 0, 90), says(heard, 0, 30)]
    _, told = run(conditions, events, wanted=lambda _: True)

    assert [event_id for event_id, _ in sent(told)] == ["id1", "id3"]


def test_of_very_many_games_the_latest_are_remembered(heard):
    starts = Starts()
    for number in range(MOST + 1):
        starts = starts.told(says(heard, 0, 60, subject=f"game:{number}"))

    assert [*starts.known] == [f"game:{number}" for number in range(1, MOST + 1)]


def test_everybody_is_somebody():
    nobody, somebody = (
        Heard("1", "rooms.opened", "room:1", NOON, data) for data in ({}, {"user_id": 1})
    )

    assert not is_about(nobody, "everybody")
    assert is_about(somebody, "everybody")
