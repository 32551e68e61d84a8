"""A ledger that is written down by hand, and two who were in voice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rallypoint.features.presence import rules
from rallypoint.features.presence.service import occupancy, writing
from rallypoint.kernel.ids import ChannelId, GuildId, UserId

GUILD = GuildId(1)
LOBBY = ChannelId(10)
ALICE, BOB = UserId(100), UserId(101)
HOUR = timedelta(hours=1)


async def last_left(session, channel):
    seen = await occupancy.occupancy(session, GUILD, channel)
    return seen and seen.last_left


@pytest.fixture
def take(sessions, clock):
    """The ledger, written down at each step."""
    ledger = rules.Ledger()

    async def step(*given):
        changes = rules.Changes()
        for each in given:
            ledger.step(each, changes)
        async with sessions.begin() as session:
            await writing.store(session, changes)

    return step


@pytest.fixture
def at(clock):
    """Alice, Bob or a whole guild, as of now."""

    def state(user, channel, flags=0):
        return rules.VoiceState(GUILD, user, channel, False, clock.now(), flags)

    return state


@pytest.fixture
async def visits(take, at, clock):
    """Both were in two days ago for an hour, Alice muted; and again until just now."""
    await take(rules.Snapshot(GUILD, clock.now(), ()))
    for _ in range(2):
        await take(at(ALICE, LOBBY, rules.SELF_MUTE), at(BOB, LOBBY))
        clock.advance(HOUR)
        await take(at(BOB, None), at(ALICE, None))
        clock.advance(48 * HOUR)
    await take(at(BOB, LOBBY), at(ALICE, LOBBY))
    await take(at(ALICE, None))
