"""What the scribe makes of what is stored: at a start, after a failure, and when it looks whether it is true."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from rallypoint.features.presence import rules
from rallypoint.features.presence.bot.scribe import Scribe
from rallypoint.features.presence.model import VoiceCheck, VoiceStay
from rallypoint.features.presence.service import occupancy
from rallypoint.kernel.ids import ChannelId, GuildId, UserId

GUILD, LOBBY = GuildId(1), ChannelId(10)
ALICE, BOB, CAROL = UserId(100), UserId(101), UserId(102)


class Flaky:
    """Sessions of a database that is away for the next transaction, if it is told so."""

    def __init__(self, sessions):
        self._sessions = sessions
        self.is_away = False

    @property
    def kw(self):
        self._answer()
        return self._sessions.kw

    def begin(self):
        self._answer()
        return self._sessions.begin()

    def _answer(self):
        if self.is_away:
            self.is_away = False
            raise OperationalError("BEGIN", {}, ConnectionError("the server went away"))


@pytest.fixture
def flaky(sessions):
    return Flaky(sessions)


@pytest.fixture
def scribe(flaky, clock):
    """`await scribe()`: one that has just started, and writes when the test says so."""

    async def start():
        made = Scribe(flaky, clock, pause=0)
        await made.start()
        assert made._task is not None
        made._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await made._task
        return made

    return start


@pytest.fixture
def takes(clock):
    async def take(scribe, user, channel, *, flags=0):
        scribe.take(rules.VoiceState(GUILD, user, channel, False, clock.now(), flags))
        await scribe.write()

    return take


@pytest.fixture
async def at_work(scribe, clock):
    made = await scribe()
    made.take(rules.Snapshot(GUILD, clock.now(), ()))
    await made.write()
    return made


async def test_a_start_takes_up_who_is_in_and_not_who_was_and_believes_nothing_of_it(
    at_work, scribe, takes, sessions
):
    for user in (ALICE, BOB):
        await takes(at_work, user, LOBBY)
    await takes(at_work, ALICE, None)
    async with sessions() as session:
        assert await occupancy.is_known(session, GUILD)
    again = await scribe()

    assert again.ledger.stays(GUILD) == {BOB: at_work.ledger.stays(GUILD)[BOB]}
    async with sessions() as session:
        assert not await occupancy.is_known(session, GUILD)


async def test_what_was_seen_and_counted_is_not_lost_when_the_database_is_away(
    at_work, takes, flaky, sessions, clock
):
    await takes(at_work, ALICE, LOBBY, flags=rules.SELF_MUTE)
    clock.advance(timedelta(seconds=30))
    await takes(at_work, BOB, LOBBY)
    clock.advance(timedelta(seconds=30))
    flaky.is_away = True
    at_work.take(rules.VoiceState(GUILD, CAROL, LOBBY, False, clock.now()))
    await takes(at_work, ALICE, LOBBY)

    counted = select(VoiceStay.muted_seconds, VoiceStay.alone_seconds, VoiceStay.unseen_seconds)
    async with sessions() as session:
        rows = await session.execute(counted.where(VoiceStay.user_id == ALICE))
        assert [tuple(row) for row in rows] == [(60, 30, 0)]
        assert CAROL in await occupancy.humans_in(session, LOBBY)


async def test_a_belief_that_discord_never_gave_is_put_right_by_the_look_of_the_next_minute(
    at_work, takes, sessions, clock
):
    async def look():
        await at_work.check()
        async with sessions() as session:
            check = await session.get_one(VoiceCheck, 1)
            return (check.differing, check.differed)

    await takes(at_work, ALICE, LOBBY)
    assert await look() == (0, 0)
    wrong = rules.VoiceState(GUILD, ALICE, None, False, clock.now())
    at_work.ledger.step(wrong, rules.Changes())
    assert await look() == (1, 1)

    assert list(at_work.ledger.stays(GUILD)) == [ALICE]
    async with sessions() as session:
        assert await occupancy.humans_in(session, LOBBY) == [ALICE]
    assert await look() == (0, 1)
