"""Join-to-create, as people see it."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from fakecord import Fault
from rallypoint.features.guilds.model import Setting
from rallypoint.features.lobbies import service
from rallypoint.features.presence.api import Joined
from rallypoint.features.presence.model import VoiceSight
from rallypoint.kernel.events import Outbox, record
from rallypoint.kernel.ids import ChannelId, GuildId, UserId
from rallypoint.kernel.people import Permission

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

CREATE = ("POST", "/guilds/{guild_id}/channels")
MOVE = ("PATCH", "/guilds/{guild_id}/members/{user_id}")
LOBBY = "Make a room"


@pytest.fixture
async def lobby(house, guild, set_setting):
    guild.add_channel(LOBBY, "voice", category="Voice")
    lobby = guild.channel(LOBBY)
    await set_setting("rooms.lobbies", lobby.id, int(guild.id))
    await set_setting("rooms.template", "{user} #{n}", int(guild.id))
    return lobby


@pytest.fixture
def timers(sessions):
    """`await timers()`: of those who are to be received, the state and the attempts that were made."""

    async def read():
        query = "SELECT state, attempts FROM timer WHERE kind = :kind AND state <> 'claimed'"
        async with sessions() as session:
            found = await session.execute(text(query), {"kind": "lobbies.receive"})
            return [tuple(row) for row in found]

    return read


async def test_who_joins_the_lobby_gets_a_room_beside_it_and_is_in_it(house, guild, lobby, charlie):
    await charlie.joins(LOBBY)
    await house.until(lambda: charlie.voice_channel == "charlie #1")

    room = guild.channel("charlie #1")
    assert room.entity.parent_id == lobby.entity.parent_id
    await house.until(lambda: f"Owner: {charlie.mention}" in room.transcript())


async def test_two_who_join_at_once_get_a_room_each(house, guild, lobby, charlie, alice):
    await charlie.joins(LOBBY)
    await alice.joins(LOBBY)
    await house.until(lambda: lobby.occupants == [])

    assert {charlie.voice_channel, alice.voice_channel} in (
        {"charlie #1", "alice #2"},
        {"charlie #2", "alice #1"},
    )


async def test_who_leaves_before_the_move_is_told_and_their_room_closes(
    house, guild, lobby, charlie
):
    fault = house.faults.add(Fault(*CREATE, hold=True, after=True))
    await charlie.joins(LOBBY)
    await fault.reached()
    await charlie.leaves()
    fault.release()
    await house.until(lambda: "You left before" in charlie.reads_direct())

    assert not guild.has_channel("charlie #1")


async def test_who_left_and_takes_no_messages_holds_nothing_up(house, guild, lobby, charlie):
    charlie.takes_direct_messages(False)
    fault = house.faults.add(Fault(*CREATE, hold=True, after=True))
    await charlie.joins(LOBBY)
    await fault.reached()
    await charlie.leaves()
    fault.release()
    await house.until(lambda: not guild.has_channel("charlie #1"))


async def test_a_room_on_its_way_is_not_closed_under_who_is_being_moved(
    house, guild, lobby, charlie, set_setting
):
    await set_setting("rooms.empty_after", "0s", int(guild.id))
    fault = house.faults.add(Fault(*MOVE, hold=True))
    await charlie.joins(LOBBY)
    await fault.reached()
    house.clock.advance(20)
    fault.release()
    await house.until(lambda: charlie.voice_channel == "charlie #1")


async def test_a_used_up_quota_is_told_in_private(house, guild, lobby, charlie, alice, set_setting):
    await set_setting("rooms.most_open", "1", int(guild.id))
    await charlie.joins(LOBBY)
    await house.until(lambda: charlie.voice_channel == "charlie #1")
    await alice.joins("charlie #1")
    house.clock.advance(31)
    await charlie.joins(LOBBY)
    await house.until(lambda: "You have 1 rooms open" in charlie.reads_direct())

    assert charlie.voice_channel == LOBBY


@pytest.mark.parametrize("seconds", [0, 200])
async def test_who_comes_back_to_the_lobby_is_moved_back_into_their_empty_room(
    house, guild, lobby, charlie, seconds
):
    await charlie.joins(LOBBY)
    await house.until(lambda: charlie.voice_channel == "charlie #1")
    await charlie.leaves()
    house.clock.advance(seconds)
    await charlie.joins(LOBBY)
    await house.until(lambda: charlie.voice_channel == "charlie #1")

    assert len(house.requests.matching(*CREATE)) == 1


async def test_a_channel_that_is_no_lobby_gives_nobody_a_room(house, guild, lobby, charlie):
    await charlie.joins("Lobby")
    await charlie.joins(LOBBY)
    await house.until(lambda: charlie.voice_channel == "charlie #1")

    assert len(house.requests.matching(*CREATE)) == 1


async def test_where_the_bot_may_not_make_channels_the_joiner_is_told_what_it_lacks(
    house, guild, lobby, charlie
):
    guild.bot_may(Permission.VIEW_CHANNEL | Permission.CONNECT)
    await charlie.joins(LOBBY)
    await house.until(lambda: "Manage Channels" in charlie.reads_direct())

    assert house.requests.matching(*CREATE) == []


async def test_a_full_server_is_said_once_to_who_joins_again_and_again(
    house, guild, lobby, charlie, alice
):
    for number in range(500 - len(guild.state.channels)):
        guild.add_channel(f"more {number}", "text")

    async def comes(member, asked):
        await member.joins(LOBBY)
        await house.until(lambda: len(house.requests.matching(*CREATE)) == asked)
        await member.leaves()

    for number in range(1, 4):
        await comes(charlie, number)
    await comes(alice, 4)
    await house.until(lambda: "500 channels" in alice.reads_direct())
    assert charlie.reads_direct().count("500 channels") == 1

    house.clock.advance(601)
    await comes(charlie, 5)
    await house.until(lambda: charlie.reads_direct().count("500 channels") == 2)


async def test_a_create_that_nobody_saw_the_end_of_is_waited_for_until_it_is_known(
    house, lobby, charlie, timers, eventually
):
    house.faults.add(Fault(*CREATE, status=502))
    await charlie.joins(LOBBY)
    for attempt in range(1, 4):
        await eventually(timers, [("waiting", attempt)])
        house.clock.advance(20)
    await house.until(
        lambda: (
            charlie.voice_channel == "charlie #1" or "could not be made" in charlie.reads_direct()
        )
    )
    await eventually(timers, [])


async def test_who_joined_before_an_outage_is_waited_for_some_hours(sessions, clock, timers):
    joiner = service.Joiner(GuildId(1), UserId(2), ChannelId(3))

    async def must_wait():
        async with sessions.begin() as session:
            told = {"noticed_at": noticed_at, "now": clock.now()}
            return await service.must_wait(session, joiner, **told)

    noticed_at = clock.now()
    clock.advance(service.LONGEST_WAIT - service.LOOK_AGAIN)
    assert await must_wait()
    assert await timers() == [("waiting", 0)]
    async with sessions.begin() as session:
        await session.execute(text("DELETE FROM timer"))
    clock.advance(service.LOOK_AGAIN)

    assert await must_wait()
    assert await timers() == []


async def test_where_the_bot_is_nobody_is_made_to_wait(sessions, clock, timers):
    joiner = service.Joiner(GuildId(1), UserId(2), ChannelId(3))
    async with sessions.begin() as session:
        session.add(VoiceSight(guild_id=1, sight="known", at=clock.now()))
    async with sessions.begin() as session:
        told = {"noticed_at": clock.now(), "now": clock.now()}

        assert not await service.must_wait(session, joiner, **told)
    assert await timers() == []


async def test_only_joins_of_lobbies_are_listened_to(sessions, clock):
    async with sessions.begin() as session:
        for guild_id, chosen in ((1, [11, 12]), (2, [22]), (3, [])):
            session.add(Setting(guild_id=guild_id, channel_id=0, key=service.LOBBIES, value=chosen))
        joined = [
            Joined(GuildId(1), ChannelId(each), UserId(9), bot=False) for each in (11, 12, 33)
        ]
        await record(session, *joined, at=clock.now())
        heard = await session.scalars(select(Outbox.subject).where(service.IS_LOBBY))

        assert sorted(heard) == ["channel:11", "channel:12"]
