from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rallypoint.features.panels.rules import access, powers
from rallypoint.features.panels.rules.powers import Power, Renames, Target
from rallypoint.kernel.errors import Conflict, Refused
from rallypoint.kernel.ids import GuildId, RoleId, UserId
from rallypoint.kernel.people import Actor, Permission
from rallypoint.kernel.ports import Overwrite

OWNER, CREATOR, GUEST, MODERATOR = map(UserId, (1, 2, 3, 4))
VOICE = Permission.VIEW_CHANNEL | Permission.CONNECT | Permission.SPEAK
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def check(power, who, *, off=(), **facts):
    permissions = Permission.MANAGE_CHANNELS if who == MODERATOR else Permission.NONE
    open_room = Target("open", "rooms", OWNER, CREATOR, humans=frozenset())
    target = replace(open_room, **facts)
    powers.check_may(power, Actor(who, GuildId(9), "x", permissions), target, off=off)


@pytest.mark.parametrize("power", [each for each in Power if each is not Power.CLAIM])
def test_owners_and_moderators_may_and_nobody_else(power):
    check(power, OWNER)
    check(power, MODERATOR)
    with pytest.raises(Refused) as refusal:
        check(power, GUEST)

    assert refusal.value.code == "room_not_yours"


@pytest.mark.parametrize(
    ("who", "inside", "code"),
    [
        (GUEST, {GUEST}, None),
        (GUEST, set(), "claim_from_outside"),
        (GUEST, {GUEST, OWNER}, "owner_present"),
        (CREATOR, {CREATOR, OWNER}, None),
        (MODERATOR, {MODERATOR, OWNER}, None),
        (OWNER, {OWNER}, "room_yours_already"),
    ],
)
def test_who_may_claim(who, inside, code):
    if code is None:
        check(Power.CLAIM, who, humans=frozenset(inside))
        return
    with pytest.raises(Conflict) as refusal:
        check(Power.CLAIM, who, humans=frozenset(inside))
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"state": "deleting"}, "room_unknown"),
        ({"keeper": "sessions"}, "room_kept"),
        ({"held": True}, "room_held"),
        ({"off": {Power.CLOSE}}, "power_off"),
    ],
    ids=lambda each: str(each),
)
def test_what_keeps_an_owner_from_closing(facts, code):
    with pytest.raises(Refused) as refusal:
        check(Power.CLOSE, OWNER, **facts)
    assert refusal.value.code == code


@pytest.mark.parametrize("power", [each for each in Power if each is not Power.CLOSE])
def test_who_holds_a_room_takes_no_other_power_from_its_owner(power):
    heir = CREATOR if power is Power.CLAIM else OWNER
    check(power, heir, humans=frozenset({heir}), held=True)


@pytest.mark.parametrize(
    ("most", "fits"), [(-1, False), (0, True), (99, True), (100, False)], ids=str
)
def test_a_limit_is_what_discord_takes_and_none_is_one(most, fits):
    with nullcontext() if fits else pytest.raises(Conflict, match="limit_unusable"):
        powers.check_limit(most)


def test_a_power_that_is_off_is_a_moderator_s_still():
    check(Power.KICK, MODERATOR, off={Power.KICK})


@pytest.mark.parametrize(
    ("last", "before", "left", "wait"),
    [
        (None, None, 2, 0),
        (0, None, 1, 0),
        (0, 599, 0, 1),
        (0, 600, 1, 0),
        (600, 700, 2, 0),
    ],
    ids=["never", "once", "twice, just within", "twice, just over", "long ago"],
)
def test_two_names_in_ten_minutes(last, before, left, wait):
    ago = [None if each is None else NOON - timedelta(seconds=each) for each in (last, before)]
    renames = Renames(*ago)

    assert renames.left(NOON) == left
    assert renames.next_at(NOON) == NOON + timedelta(seconds=wait)


def test_a_rename_is_counted_beside_the_one_before():
    assert Renames(NOON, None).used(NOON + MINUTE) == Renames(NOON + MINUTE, NOON)


def test_who_was_let_in_stays_so_when_the_room_is_locked():
    guest = access.of_guest(GUEST)

    assert access.changes([guest], Permission.CONNECT, off=True) == []


def test_only_the_teams_speak_and_who_is_banished_may_not_come_in():
    others, *teams = access.of_teams(GuildId(9), [RoleId(7)], others_see=True, others_enter=True)

    assert others.deny == Permission.SPEAK
    assert all(Permission.SPEAK in each.allow for each in teams)
    assert access.of_banished(GUEST).deny == Permission.CONNECT


def test_what_a_lock_takes_from_the_roles_it_gives_back_as_it_was():
    teams = access.of_teams(GuildId(9), [RoleId(7), RoleId(8)], others_see=True, others_enter=False)
    shut = dict(_by_target(access.changes(teams, Permission.CONNECT, off=True)))
    again = dict(_by_target(access.changes(teams, Permission.CONNECT, off=False)))

    assert all(each.deny == Permission.CONNECT for each in shut.values())
    assert (again[9].allow, again[9].deny) == (Permission.NONE, Permission.CONNECT)
    assert (again[7].allow, again[7].deny) == (Permission.CONNECT, Permission.NONE)
    assert teams[1] == Overwrite(7, "role", allow=VOICE)


def _by_target(changes):
    return ((each.target_id, each) for each, _ in changes)
