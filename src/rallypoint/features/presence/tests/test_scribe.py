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
from rallypoint.features.presence.service import occupancy, writing
from rallypoint.kernel.ids import ChannelId, GuildId, UserId

GUILD, LOBBY = GuildId(1), ChannelId(10)
ALICE, BOB = UserId(100), UserId(101)


@pytest.fixture
def fails(monkeypatch):
    """`fails()`: of the next transaction the database cannot say whether it was carried out. It was."""
    store = writing.store_alone

    def prepare():
        async def unsure(sessions, changes):
            monkeypatch.setattr(writing, "store_alone", store)
            await store(sessions, changes)
            raise OperationalError("COMMIT", {}, ConnectionError("the server went away"))

        monkeypatch.setattr(writing, "store_alone", unsure)

    return prepare


@pytest.fixture
def scribe(sessions, clock):
    """`await scribe()`: one that has just started, and writes when the test says so."""

    async def start():
        made = Scribe(sessions, clock, pause=0)
        await made.start()
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


async def test_what_was_counted_is_not_lost_when_nobody_knows_whether_it_was_stored(
    at_work, takes, fails, sessions, clock
):
    await takes(at_work, ALICE, LOBBY, flags=rules.SELF_MUTE)
    clock.advance(timedelta(seconds=30))
    await takes(at_work, BOB, LOBBY)
    clock.advance(timedelta(seconds=30))
    fails()
    await takes(at_work, ALICE, None)
    clock.advance(timedelta(seconds=30))
    fails()
    await takes(at_work, BOB, LOBBY, flags=rules.SELF_MUTE)

    counted = select(VoiceStay.muted_seconds, VoiceStay.alone_seconds, VoiceStay.unseen_seconds)
    async with sessions() as session:
        rows = await session.execute(counted.order_by(VoiceStay.id))
        assert [tuple(row) for row in rows] == [(60, 30, 0), (0, 30, 0)]


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
