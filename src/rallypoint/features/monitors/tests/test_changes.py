"""The order of what is called out, and when nothing is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rallypoint.features.monitors.rules.callouts import Type
from rallypoint.features.monitors.rules.changes import State, Step, apply, changes

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
ORDER = list(Type)


def state(*users, seen=NOON):
    return State({user: f"u{user}" for user in users}, seen)


def comes(user, at=NOON, **more):
    return Step(user, f"u{user}", True, at, **more)


def goes(user, at=NOON, **more):
    return Step(user, "", False, at, **more)


def called(before, *steps):
    """(type, people's ids) of each change."""
    told = []
    for change in changes(steps):
        before, callouts = apply(before, change)
        told += [(each.type.value, [person.id for person in each.people]) for each in callouts]
    return told


def test_the_first_one_is_called_out_alone_and_then_with_everybody():
    assert called(state(), comes(1), comes(2)) == [
        ("new_user", [1]),
        ("users_connected", [1]),
        ("new_user", [2]),
    ]


def test_the_last_one_leaves_an_empty_channel():
    assert called(state(1, 2), goes(2), goes(1)) == [
        ("user_left", [2]),
        ("user_left", [1]),
        ("users_left", []),
    ]


def test_what_a_snapshot_shows_is_one_change_in_dbots_order():
    assert called(
        state(1, 2),
        goes(1, unseen=True),
        goes(2, unseen=True),
        comes(3, unseen=True),
        comes(4, unseen=True),
    ) == [("new_user", [3]), ("new_user", [4]), ("user_left", [1]), ("user_left", [2])]
    assert called(state(), comes(3, unseen=True), comes(4, unseen=True)) == [
        ("new_user", [3]),
        ("new_user", [4]),
        ("users_connected", [3, 4]),
    ]


def test_two_snapshots_are_two_changes():
    assert called(state(1), goes(1, unseen=True), comes(2, NOON + SECOND, unseen=True)) == [
        ("user_left", [1]),
        ("users_left", []),
        ("new_user", [2]),
        ("users_connected", [2]),
    ]


def test_a_channel_that_was_never_seen_only_gets_to_be_known():
    fresh = state(seen=None)
    after, callouts = apply(fresh, (comes(1, unseen=True),))

    assert (callouts, dict(after.users), after.seen_at) == ([], {1: "u1"}, NOON)
    # What is seen as it happens comes after a snapshot, in which the channel was empty.
    assert called(fresh, comes(1)) == [("new_user", [1]), ("users_connected", [1])]


def test_what_is_older_than_an_hour_is_forgotten_and_not_a_moment_earlier():
    for late, told in ((HOUR, 2), (HOUR + SECOND, 0)):
        assert len(called(state(), comes(1, NOON + late, unseen=True))) == told
    assert len(called(state(), comes(1, NOON + 3 * HOUR))) == 2


def test_who_is_there_already_or_not_there_changes_nothing():
    assert called(state(1), comes(1), goes(2)) == []


def test_who_wants_nothing_kept_is_not_named_and_does_not_count():
    assert called(state(), comes(1, private=True), goes(1, private=True)) == []
    # Called out before they wanted that: gone without a word, but the channel is empty.
    assert called(state(1), goes(1, private=True)) == [("users_left", [])]
    assert called(state(1, 2), goes(1, private=True)) == []


def test_a_name_that_was_not_said_is_the_one_they_came_with():
    _, callouts = apply(state(1), (goes(1),))
    _, renamed = apply(state(1), (Step(1, "new", False, NOON),))
    _, nameless = apply(state(2), (Step(1, "", True, NOON),))

    assert [callouts[0].people[0].username, renamed[0].people[0].username] == ["u1", "new"]
    assert nameless[0].people[0].username == "unknown"


users = st.sets(st.integers(1, 5))
moves = st.lists(st.tuples(st.integers(1, 5), st.booleans(), st.booleans(), st.integers(0, 3)))


@given(users, moves)
def test_whatever_happens_the_order_holds_and_what_is_called_out_rebuilds_the_channel(first, moves):
    before = state(*first)
    heard = set(first)
    steps = sorted(
        (
            Step(user, f"u{user}", is_in, NOON + at * SECOND, unseen)
            for user, is_in, unseen, at in moves
        ),
        key=lambda step: step.at,
    )
    for change in changes(steps):
        after, callouts = apply(before, change)
        types = [each.type for each in callouts]
        levels = [each for each in types if each in {Type.USERS_CONNECTED, Type.USERS_LEFT}]

        assert types == sorted(types, key=ORDER.index)
        assert len(levels) <= 1
        assert levels == (
            [Type.USERS_CONNECTED]
            if after.users and not before.users
            else [Type.USERS_LEFT]
            if before.users and not after.users
            else []
        )
        for each in callouts:
            ids = {person.id for person in each.people}
            match each.type:
                case Type.NEW_USER:
                    assert not ids & heard
                    heard |= ids
                case Type.USER_LEFT:
                    assert ids <= heard
                    heard -= ids
                case Type.USERS_CONNECTED:
                    assert ids == heard
                case Type.USERS_LEFT:
                    assert not heard
        assert heard == set(after.users)
        before = after


@given(users, moves)
def test_said_twice_is_as_said_once(first, moves):
    before = state(*first)
    for user, is_in, unseen, _ in moves:
        change = (Step(user, f"u{user}", is_in, NOON, unseen),)
        before, _ = apply(before, change)
        again, callouts = apply(before, change)

        assert (again, callouts) == (before, [])
