"""What a guild's own schedule forgets: its own rows, and nobody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from rallypoint.features.presence.feature import feature
from rallypoint.features.presence.model import VoiceStay
from rallypoint.features.presence.service import history
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.ids import GuildId
from rallypoint.kernel.jobs import Interval, Schedule, Timer, schedules
from rallypoint.kernel.jobs.schedules import Wanted

DAY = timedelta(days=1)
HERE, ELSEWHERE = GuildId(1001), GuildId(2002)


@pytest.fixture
def stays(sessions, clock):
    """In both guilds: one that ended 10 days ago, one that ended 40 days ago, one that lasts for a year already."""

    async def left():
        async with sessions.begin() as session:
            rows = select(VoiceStay.guild_id, VoiceStay.user_id).order_by(VoiceStay.user_id)
            found = list(await session.execute(rows))
        return [[user for guild, user in found if guild == each] for each in (HERE, ELSEWHERE)]

    async def make():
        async with sessions.begin() as session:
            for guild_id in (HERE, ELSEWHERE):
                for user_id, days in ((10, 10), (40, 40), (365, None)):
                    end = None if days is None else clock.now() - days * DAY
                    at = {"started_at": clock.now() - 365 * DAY, "ended_at": end}
                    session.add(
                        VoiceStay(guild_id=guild_id, channel_id=1, user_id=user_id, bot=False, **at)
                    )
        return left

    return make


@pytest.fixture
def add(sessions, clock):
    async def call(guild_id, /, **config):
        wanted = Wanted(
            name="forget",
            kind="presence.forget_stays",
            recurrence=Interval(DAY),
            guild_id=guild_id,
            config=config,
        )
        async with sessions.begin() as session:
            return await schedules.create(session, feature.jobs, wanted, by=None, now=clock.now())

    return call


async def test_a_guild_s_schedule_forgets_only_its_own_stays(stays, add, drain, clock):
    left = await stays()
    await add(HERE, days=30)
    clock.advance(DAY)
    await drain(feature.jobs)

    assert await left() == [[10, 365], [10, 40, 365]]


async def test_one_of_the_whole_program_forgets_everybody_s(stays, add, drain, clock):
    left = await stays()
    await add(None, days=30)
    clock.advance(DAY)
    await drain(feature.jobs)

    assert await left() == [[10, 365], [10, 365]]


@pytest.mark.parametrize("poison", [{"guild_id": ELSEWHERE}, {"days": 0}, {"days": "all"}])
async def test_a_config_that_reaches_further_is_refused_and_does_nothing_if_it_got_in(
    stays, add, drain, clock, sessions, poison
):
    left = await stays()
    with pytest.raises(Refused):
        await add(HERE, **poison)
    await add(HERE)
    async with sessions.begin() as session:
        await session.execute(update(Schedule).values(config={"days": 1} | poison))
        await session.execute(update(Timer).values(args={"days": 1} | poison))
    clock.advance(DAY)
    await drain(feature.jobs)

    assert await left() == [[10, 40, 365], [10, 40, 365]]


async def test_each_guild_says_how_long_its_stays_are_kept(stays, set_setting, sessions, clock):
    left = await stays()
    await set_setting(history.STAY_DAYS, "20", HERE)
    async with sessions.begin() as session:
        assert await history.forget_old(session, clock.now()) == 1
        assert await history.forget_old(session, clock.now()) == 0
    assert await left() == [[10, 365], [10, 40, 365]]

    await set_setting(history.STAY_DAYS, "5")
    async with sessions.begin() as session:
        assert await history.forget_old(session, clock.now()) == 2
    assert await left() == [[10, 365], [365]]


async def test_days_that_cannot_be_are_refused(set_setting):
    for days in ("0", "3651", "soon"):
        with pytest.raises(Refused):
            await set_setting(history.STAY_DAYS, days, HERE)
