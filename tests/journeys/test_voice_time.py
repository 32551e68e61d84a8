"""How time in voice adds up, on both databases."""

from __future__ import annotations

import pytest

from rallypoint.features.accounts import api as accounts
from rallypoint.features.presence import rules
from rallypoint.features.presence.tests.conftest import (
    ALICE,
    BOB,
    GUILD,
    HOUR,
    LOBBY,
    at,
    take,
    visits,
)
from rallypoint.features.whereabouts import service
from rallypoint.features.whereabouts.rules import Period
from rallypoint.kernel.people import Actor, Permission

__all__ = ["at", "take", "visits"]

MODERATES = Permission.MODERATE_MEMBERS


@pytest.mark.parametrize(
    ("period", "present", "muted"),
    [(Period.TODAY, 0, 0), (Period.WEEK, 7200, 7200), (Period.ALL, 7200, 7200)],
    ids=lambda value: str(value),
)
async def test_time_is_summed_over_a_period(visits, sessions, clock, period, present, muted):
    alice = Actor(ALICE, GUILD, "alice")
    async with sessions() as session:
        spent = await service.time_of(session, ALICE, period, by=alice, now=clock.now())

    assert (spent.present, spent.muted, spent.alone) == (present, muted, 0)


async def test_of_a_stay_that_began_before_the_period_each_part_is_taken_in_proportion(
    take, at, sessions, clock
):
    """The stopped clock begins at noon: they came in at 23:00, muted, and it is 01:00."""
    clock.advance(11 * HOUR)
    await take(rules.Snapshot(GUILD, clock.now(), ()))
    await take(at(ALICE, LOBBY, rules.SELF_MUTE))
    clock.advance(HOUR)
    await take(at(ALICE, LOBBY), at(BOB, LOBBY))
    clock.advance(HOUR)
    alice = Actor(ALICE, GUILD, "alice")
    async with sessions() as session:
        spent = await service.time_of(session, ALICE, Period.TODAY, by=alice, now=clock.now())

    assert (spent.present, spent.muted, spent.alone, spent.unseen) == (3600, 1800, 1800, 0)


async def test_today_begins_at_the_midnight_of_who_asks(take, at, sessions, clock):
    """At 13:00 UTC it has just become tomorrow for Alice, and for nobody else."""
    await take(rules.Snapshot(GUILD, clock.now(), ()), at(ALICE, LOBBY))
    clock.advance(HOUR)
    await take(at(ALICE, None))
    async with sessions.begin() as session:
        await accounts.set_zone(session, ALICE, "Etc/GMT-11")
        today = [
            await service.time_of(session, ALICE, Period.TODAY, by=each, now=clock.now())
            for each in (Actor(ALICE, GUILD, "alice"), Actor(BOB, GUILD, "bob", MODERATES))
        ]

    assert [each.present for each in today] == [0, 3600]
