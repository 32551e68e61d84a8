"""Who comes and goes, seen and unseen, and what becomes of the room: with its real timers and events, a ledger of the
test's, and no bot."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

import pytest
from sqlalchemy import delete, event, select, update
from sqlalchemy.exc import OperationalError

from rallypoint.features.presence.api import Activated, Emptied, Synced
from rallypoint.features.presence.model import VoiceSight, VoiceStay
from rallypoint.features.rooms.feature import feature
from rallypoint.features.rooms.model import Room
from rallypoint.features.rooms.rules.states import State
from rallypoint.features.rooms.service import closing, following, opening
from rallypoint.kernel import events
from rallypoint.kernel.errors import Unavailable
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import ChannelId, GuildId, UserId
from rallypoint.kernel.jobs import Timer
from rallypoint.kernel.people import Permission
from rallypoint.kernel.ports import Discord

HOME, CHANNEL, ALICE, MODERATOR = GuildId(1001), ChannelId(7), UserId(1), UserId(2)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
ITS_TIME = 5 * MINUTE


class Channels:
    """A Discord whose channels are deleted, unless it is out, and found by the operation that made them."""

    connected = True

    def __init__(self):
        self.deleted = []
        self.made = ()
        self.is_out = False
        self.meanwhile = None
        """What happens while Discord is asked what was made."""

    def bot_permissions(self, guild_id, channel_id=None):
        return None

    async def close_channel(self, channel_id, *, operation, reason):
        if self.is_out:
            raise Unavailable("out", retry_in=SECOND)
        self.deleted.append(channel_id)

    async def find_created(self, guild_id, plan, *, operation, since, until):
        made, meanwhile, self.meanwhile = self.made, self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()
        return made


class House:
    """One room, and who is in it."""

    def __init__(self, sessions, clock, drain):
        self.sessions, self.clock, self._drain = sessions, clock, drain
        self.channels = Channels()

    @property
    def means(self):
        return Parts(self.sessions, self.clock, cast(Discord, self.channels))

    async def begins(self, **room):
        told = {"kind": "public", "name": "x", "owner_id": ALICE, "operation": "op"}
        times = {"state": State.CREATING, "requested_at": self.clock.now()}
        async with self.sessions.begin() as session:
            session.add(VoiceSight(guild_id=HOME, sight="known", at=self.clock.now()))
            session.add(Room(id=1, guild_id=HOME, **{**told, **times, **room}))

    async def opens(self):
        async with self.sessions.begin() as session:
            await opening.adopt(session, 1, CHANNEL, now=self.clock.now())
        await self.works()

    async def works(self):
        await self._drain(feature.jobs, feature.subscribers, discord=self.channels)

    async def passes(self, time):
        self.clock.advance(time)
        await self.works()

    async def looks_around(self):
        """What is done every minute."""
        async with self.sessions.begin() as session:
            await following.reconcile(session, now=self.clock.now())
        await self.works()

    async def comes(self, *, told=True):
        """*told*: it is acted upon at once."""
        stay = {"guild_id": HOME, "channel_id": CHANNEL, "user_id": ALICE, "bot": False}
        async with self.sessions.begin() as session:
            session.add(VoiceStay(**stay, started_at=self.clock.now()))
            if told:
                activated = Activated(HOME, CHANNEL, (ALICE,))
                await events.record(session, activated, at=self.clock.now())
        if told:
            await self.works()

    async def goes(self, *, told=True):
        async with self.sessions.begin() as session:
            await session.execute(update(VoiceStay).values(ended_at=self.clock.now()))
            if told:
                await events.record(session, Emptied(HOME, CHANNEL), at=self.clock.now())
        if told:
            await self.works()

    async def goes_blind(self):
        """As in an outage, and at a start."""
        async with self.sessions.begin() as session:
            await session.execute(update(VoiceSight).values(sight="unknown"))

    async def sees_again(self):
        async with self.sessions.begin() as session:
            await session.execute(update(VoiceSight).values(sight="known"))
            await events.record(session, Synced(HOME), at=self.clock.now())
        await self.works()

    async def now(self):
        """The room's state, and how long its time lasts still."""
        async with self.sessions() as session:
            room = await session.get_one(Room, 1)
            return room.state, room.deadline_at and room.deadline_at - self.clock.now()

    async def timers(self):
        async with self.sessions() as session:
            return list(await session.scalars(select(Timer.kind).order_by(Timer.kind)))

    async def is_deleted_after(self, time):
        """And not a second before."""
        await self.passes(time - SECOND)
        assert self.channels.deleted == []
        await self.passes(SECOND)
        assert self.channels.deleted == [CHANNEL]
        assert (await self.now())[0] == State.CLOSED


@pytest.fixture
async def house(sessions, clock, drain):
    house = House(sessions, clock, drain)
    await house.begins()
    return house


async def test_who_comes_back_gives_the_room_its_whole_time_again(house):
    await house.opens()
    await house.comes()
    await house.goes()
    await house.passes(ITS_TIME - SECOND)
    await house.comes()
    assert await house.now() == (State.OPEN, None)
    assert await house.timers() == []

    await house.passes(20 * ITS_TIME)
    await house.goes()
    await house.is_deleted_after(ITS_TIME)


async def test_who_came_when_nobody_had_told_us_yet_keeps_the_room(house):
    await house.opens()
    await house.passes(ITS_TIME - SECOND)
    await house.comes(told=False)
    await house.passes(SECOND)

    assert house.channels.deleted == []
    assert await house.now() == (State.OPEN, None)


async def test_who_came_and_went_unseen_moves_the_deadline(house):
    await house.opens()
    await house.passes(ITS_TIME - MINUTE)
    await house.comes(told=False)
    await house.goes(told=False)
    await house.passes(MINUTE)

    assert await house.now() == (State.EMPTYING, ITS_TIME - MINUTE)
    await house.is_deleted_after(ITS_TIME - MINUTE)


async def test_a_leave_that_nobody_told_us_of_is_seen_within_a_minute(house):
    await house.opens()
    await house.comes()
    await house.goes(told=False)
    await house.passes(MINUTE)
    await house.looks_around()

    await house.is_deleted_after(ITS_TIME - MINUTE)


async def test_a_timer_that_was_lost_is_missed_within_a_minute(house, sessions):
    await house.opens()
    async with sessions.begin() as session:
        await session.execute(delete(Timer))
    await house.passes(ITS_TIME + MINUTE)
    await house.looks_around()

    assert house.channels.deleted == [CHANNEL]


async def test_the_deadline_is_the_same_after_a_restart(house):
    await house.opens()
    await house.comes()
    await house.goes()
    await house.passes(4 * MINUTE)
    await house.goes_blind()
    await house.sees_again()

    assert await house.now() == (State.EMPTYING, MINUTE)
    await house.is_deleted_after(MINUTE)


async def test_nothing_is_deleted_while_nobody_knows_who_is_in(house):
    await house.opens()
    await house.goes_blind()
    await house.passes(20 * ITS_TIME)
    await house.looks_around()
    assert house.channels.deleted == []

    await house.comes(told=False)
    await house.sees_again()
    assert await house.now() == (State.OPEN, None)


async def test_an_empty_room_that_is_held_stays_until_it_is_released(house, sessions):
    await house.opens()
    async with sessions.begin() as session:
        await session.execute(update(Room).values(held_by=MODERATOR))
    await house.passes(20 * ITS_TIME)
    await house.looks_around()
    assert (house.channels.deleted, await house.now()) == ([], (State.OPEN, None))

    async with sessions.begin() as session:
        await session.execute(update(Room).values(held_by=None))
    await house.looks_around()
    assert house.channels.deleted == [CHANNEL]


async def test_an_end_that_was_asked_for_is_not_put_off_by_who_comes(house, clock, sessions):
    await house.opens()
    async with sessions.begin() as session:
        await closing.condemn(session, 1, reason="owner", now=clock.now())
    await house.comes()

    assert house.channels.deleted == [CHANNEL]


async def test_a_close_that_discord_did_not_answer_is_tried_again_by_itself(house):
    await house.opens()
    house.channels.is_out = True
    with pytest.raises(Unavailable):
        await closing.close(house.means, 1, reason="owner")
    house.channels.is_out = False
    await house.passes(closing.LOOK_AGAIN)

    assert house.channels.deleted == [CHANNEL]
    assert await house.timers() == []


async def test_a_close_that_was_carried_out_leaves_nothing_to_be_done(house):
    await house.opens()

    assert await closing.close(house.means, 1, reason="owner")
    assert house.channels.deleted == [CHANNEL]
    assert await house.timers() == []


async def test_who_was_in_before_the_channel_was_known_to_be_the_room_s_keeps_it(house):
    await house.comes(told=False)
    await house.opens()

    assert await house.now() == (State.OPEN, None)
    assert await house.timers() == []


@pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
async def test_a_coming_and_a_going_told_while_the_channel_is_being_noted_are_not_lost(
    house, sessions, clock
):
    """Neither sees the other, and whoever hands events on does not know that channel for a room's yet. SQLite has one
    writer at a time."""
    async with sessions.begin() as noting:
        await opening.adopt(noting, 1, CHANNEL, now=clock.now())
        await house.comes()
    assert await house.now() == (State.EMPTYING, ITS_TIME)
    await house.passes(ITS_TIME)
    assert (house.channels.deleted, await house.now()) == ([], (State.OPEN, None))


@pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
async def test_a_going_told_while_the_channel_is_being_noted_is_seen_within_a_minute(
    house, sessions, clock
):
    await house.comes(told=False)
    async with sessions.begin() as noting:
        await opening.adopt(noting, 1, CHANNEL, now=clock.now())
        await house.goes()
    assert await house.now() == (State.OPEN, None)
    await house.passes(MINUTE)
    await house.looks_around()
    await house.is_deleted_after(ITS_TIME - MINUTE)


@pytest.mark.parametrize(
    ("made", "state"),
    [((CHANNEL,), State.EMPTYING), ((CHANNEL, ChannelId(8)), State.CLOSED)],
    ids=["one", "two that may be it"],
)
async def test_what_a_create_left_behind_is_the_room_s_if_it_is_one(house, made, state):
    house.channels.made = made
    await house.passes(2 * MINUTE)
    await house.looks_around()

    assert (await house.now())[0] == state
    await house.passes(ITS_TIME)
    assert house.channels.deleted == ([CHANNEL] if state == State.EMPTYING else [])


async def test_a_channel_asked_for_while_nothing_was_found_yet_is_the_room_s(house):
    """After a start that took long, the one who settles the request and the one who carries it out begin together."""

    async def asks():
        async with house.sessions.begin() as session:
            await session.execute(update(Room).values(asked_at=house.clock.now()))
        house.channels.made = (CHANNEL,)

    house.channels.meanwhile = asks
    await house.passes(2 * MINUTE)
    await house.looks_around()
    await house.passes(2 * MINUTE)

    assert (await house.now())[0] == State.EMPTYING
    await house.passes(ITS_TIME)
    assert house.channels.deleted == [CHANNEL]


async def test_what_was_made_is_written_down_though_the_database_was_cut_off_twice(house):
    cuts: list[int] = []

    class Opens(Channels):
        bot_id = UserId(9)

        def bot_permissions(self, guild_id, channel_id=None):
            return Permission.ADMINISTRATOR

        def most_bitrate(self, guild_id):
            return 96_000

        async def open_voice_channel(self, guild_id, plan, *, operation, reason):
            cuts.extend((1, 2))
            return CHANNEL

    def cut_off(connection):
        if cuts:
            cuts.pop()
            raise OperationalError("COMMIT", None, Exception("cut off"))

    house.channels = Opens()
    event.listen(house.sessions.kw["bind"].sync_engine, "commit", cut_off)
    await opening.create(house.means, 1, reason="test")
    await house.works()

    assert await house.now() == (State.EMPTYING, ITS_TIME)
    assert cuts == []
