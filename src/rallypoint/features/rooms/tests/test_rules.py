from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rallypoint.features.rooms.rules import codenames, names, overwrites, requests, states
from rallypoint.features.rooms.rules.requests import Usage
from rallypoint.kernel.errors import Conflict, Refused
from rallypoint.kernel.ids import UserId
from rallypoint.kernel.people import Permission
from rallypoint.kernel.ports import Overwrite

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
FIVE_MINUTES = timedelta(minutes=5)


def check_quota(usage):
    requests.check_quota(usage, most_open=3, most_an_hour=6, most_of_guild=100)


def test_just_below_every_quota_a_room_may_be_opened():
    check_quota(Usage(open_of_member=2, created_in_an_hour=5, open_of_guild=99))


@pytest.mark.parametrize(
    ("usage", "code"),
    [
        (Usage(3, 5, 99), "rooms_of_member"),
        (Usage(2, 6, 99), "rooms_an_hour"),
        (Usage(2, 5, 100), "rooms_of_guild"),
    ],
    ids=lambda each: str(each),
)
def test_a_used_up_quota_is_named(usage, code):
    with pytest.raises(Conflict) as refusal:
        check_quota(usage)

    assert refusal.value.code == code


@pytest.mark.parametrize(
    "missing", [Permission.VIEW_CHANNEL, Permission.CONNECT, Permission.MANAGE_CHANNELS]
)
def test_what_the_bot_lacks_is_named_before_anything_is_created(missing):
    with pytest.raises(Refused) as refusal:
        requests.check_permissions(overwrites.NEEDED & ~missing, where="here")

    assert refusal.value.facts == {"permission": missing.words, "where": "here"}


def test_an_administrator_lacks_nothing():
    requests.check_permissions(Permission.ADMINISTRATOR, where="here")


@pytest.mark.parametrize(
    ("given", "cleaned"),
    [
        ("  Raid   night ", "Raid night"),
        ("a\nb\tc", "a b c"),
        ("za\u0300lgo\u200b\u202ename", "za\u0300lgoname"),
        ("x" * 100, "x" * 100),
        ("🎲 Würfel", "🎲 Würfel"),
    ],
)
def test_a_name_is_one_line_of_what_can_be_seen(given, cleaned):
    assert names.clean(given) == cleaned


@pytest.mark.parametrize(
    ("given", "code"),
    [("", "room_name_empty"), (" \u200b\n", "room_name_empty"), ("x" * 101, "room_name_long")],
)
def test_a_name_of_nothing_or_of_too_much_is_refused(given, code):
    with pytest.raises(Refused) as refusal:
        names.clean(given)

    assert refusal.value.code == code


def test_there_are_two_hundred_codenames_at_least_and_all_fit():
    assert len(set(codenames.CODENAMES)) >= 200
    assert all(names.clean(name) == name for name in codenames.CODENAMES)


@given(st.sets(st.sampled_from(["Red Fox", "Blue Owl", "Red Fox 2", "Blue Owl 2", "Red Fox 3"])))
def test_a_codename_is_never_one_that_is_taken(taken):
    name = requests.pick(["Red Fox", "Blue Owl"], taken=taken, choose=lambda names: names[0])

    assert name not in taken


def test_overwrites_name_no_bit_that_the_bot_does_not_hold_and_never_manage_roles():
    held = overwrites.NEEDED | Permission.MANAGE_ROLES
    wanted = [Overwrite(1, "role", allow=overwrites.EVERYONE, deny=Permission.MANAGE_ROLES)]

    given = overwrites.to_create(wanted, bot_id=UserId(2), held=held)

    assert given == (
        Overwrite(1, "role", allow=overwrites.ENTER),
        Overwrite(2, "member", allow=overwrites.NEEDED),
    )


def test_an_overwrite_is_read_from_its_row_as_it_was():
    given = Overwrite(1 << 62, "member", allow=Permission.CONNECT, deny=Permission.SPEAK)

    assert overwrites.from_json(overwrites.to_json(given)) == given


@pytest.mark.parametrize(
    ("last_left", "deadline"),
    [
        (None, NOON + FIVE_MINUTES),
        (NOON + timedelta(minutes=1), NOON + timedelta(minutes=6)),
        (NOON - timedelta(minutes=1), NOON + FIVE_MINUTES),
    ],
    ids=["never visited", "left after it opened", "left before it opened"],
)
def test_the_deadline_counts_from_the_last_leave_or_the_opening(last_left, deadline):
    seen = states.occupancy(
        occupied=False, opened_at=NOON, last_left=last_left, empty_after=FIVE_MINUTES
    )

    assert seen == states.EmptySince(deadline)


def test_a_deadline_is_due_at_its_moment_and_not_before():
    seen = states.EmptySince(NOON)

    assert seen.is_due(NOON)
    assert not seen.is_due(NOON - timedelta(microseconds=1))


def test_a_room_with_somebody_in_has_no_deadline():
    seen = states.occupancy(occupied=True, opened_at=NOON, last_left=NOON, empty_after=timedelta(0))

    assert seen == states.Occupied()


@pytest.mark.parametrize(
    ("occupied", "expected"),
    [
        (False, states.EmptySince(NOON + FIVE_MINUTES)),
        (True, states.EmptySince(NOON + timedelta(hours=1), states.Reason.IDLE)),
    ],
)
def test_who_takes_no_part_keeps_a_room_for_a_while(occupied, expected):
    seen = states.occupancy(
        occupied=occupied,
        opened_at=NOON,
        last_left=NOON,
        empty_after=FIVE_MINUTES,
        idle_until=NOON + timedelta(hours=1),
    )

    assert seen == expected


def test_who_is_being_moved_in_counts_as_in():
    on_the_way = NOON + timedelta(seconds=30)
    seen = states.occupancy(
        occupied=False,
        opened_at=NOON,
        last_left=None,
        empty_after=timedelta(0),
        awaited_until=on_the_way,
    )

    assert seen == states.EmptySince(on_the_way)


def test_a_room_that_nobody_has_been_in_yet_stays_a_moment():
    def seen(last_left):
        return states.occupancy(
            occupied=False, opened_at=NOON, last_left=last_left, empty_after=timedelta(0)
        )

    assert seen(None) == states.EmptySince(NOON + states.ARRIVAL)
    assert seen(NOON) == states.EmptySince(NOON)


@pytest.mark.parametrize(
    ("kilobits", "most", "bits"),
    [
        (None, 96_000, None),
        (64, 96_000, 64_000),
        (96, 96_000, 96_000),
        (97, 96_000, 96_000),
        (384, 384_000, 384_000),
        (64, None, None),
    ],
    ids=["not set", "less", "just allowed", "more", "boosted", "not known"],
)
def test_the_bitrate_goes_as_far_as_the_boosts_allow(kilobits, most, bits):
    assert requests.bitrate(kilobits, most=most) == bits
