from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from rallypoint.features.whereabouts import rules
from rallypoint.features.whereabouts.rules import Period
from rallypoint.kernel.errors import Forbidden
from rallypoint.kernel.ids import GuildId, UserId
from rallypoint.kernel.people import Actor, Permission

NOON = datetime(2030, 3, 31, 12, tzinfo=UTC)
ALICE, BOB = UserId(1), UserId(2)


@dataclass
class Stay:
    started_at: datetime = NOON - timedelta(hours=2)
    ended_at: datetime | None = None
    counted_at: datetime | None = NOON - timedelta(hours=1)
    flags: int = 1
    muted_seconds: float = 600
    deafened_seconds: float = 0
    alone_seconds: float = 1800
    unseen_seconds: float = 0


def spent(*stays, since=None, alone=False, known=True):
    time = rules.total(stays, since=since, now=NOON, alone=alone, known=known)
    return time.present, time.muted, time.alone, time.unseen


def test_one_that_goes_on_is_counted_until_now_by_what_holds_now():
    assert spent(Stay()) == (7200, 600 + 3600, 1800, 0)
    assert spent(Stay(), alone=True) == (7200, 600 + 3600, 1800 + 3600, 0)
    assert spent(Stay(flags=16)) == (7200, 600, 1800, 0)


def test_what_passes_in_an_unknown_guild_is_unseen():
    assert spent(Stay(), alone=True, known=False) == (7200, 600, 1800, 3600)


def test_of_what_began_before_the_period_each_part_counts_in_proportion():
    ended = Stay(ended_at=NOON - timedelta(hours=1))

    assert spent(ended, since=NOON - timedelta(minutes=90)) == (1800, 300, 900, 0)
    assert spent(ended, since=NOON - timedelta(hours=1)) == (0, 0, 0, 0)


def test_the_parts_are_what_is_left_of_what_was_seen():
    time = rules.Time(present=100, muted=10, deafened=20, alone=30, unseen=40)

    assert (time.unmuted, time.undeafened, time.in_company) == (50, 40, 30)


@pytest.mark.parametrize(
    ("period", "since"),
    [
        # The clocks went forward that night: the day began at 23:00 UTC.
        (Period.TODAY, NOON - timedelta(hours=13)),
        (Period.WEEK, NOON - timedelta(days=7)),
        (Period.MONTH, NOON - timedelta(days=30)),
        (Period.ALL, None),
    ],
)
def test_today_begins_at_midnight_in_the_guild_s_zone(period, since):
    assert period.since(NOON, "Europe/Berlin") == since


@pytest.mark.parametrize(
    ("setting", "permissions", "allowed"),
    [
        ("nobody", Permission.ADMINISTRATOR, False),
        ("moderators", Permission.NONE, False),
        ("moderators", Permission.MODERATE_MEMBERS, True),
        ("moderators", Permission.MANAGE_GUILD, True),
        ("everybody", Permission.NONE, True),
    ],
)
def test_whose_time_one_may_see(setting, permissions, allowed):
    bob = Actor(BOB, GuildId(1), "bob", permissions)
    rules.check_may_see(BOB, setting, by=bob)
    if allowed:
        rules.check_may_see(ALICE, setting, by=bob)
        return
    with pytest.raises(Forbidden):
        rules.check_may_see(ALICE, setting, by=bob)
