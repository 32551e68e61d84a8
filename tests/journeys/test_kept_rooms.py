"""Rooms that another feature keeps."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from fakecord import Fault
from rallypoint.features.rooms import api
from rallypoint.features.rooms.feature import feature
from rallypoint.features.rooms.model import Room
from rallypoint.kernel.errors import Conflict, OutcomeUnknown, Refused
from rallypoint.kernel.events import Outbox
from rallypoint.kernel.ids import GuildId, UserId
from rallypoint.kernel.people import Actor, Permission
from rallypoint.kernel.ports import Overwrite

CREATE = ("POST", "/guilds/{guild_id}/channels")
DELETE = ("DELETE", "/channels/{channel_id}")


@pytest.fixture
async def asked(means, guild, charlie):
    """A room that `sessions` has asked for; nobody else sees it."""
    actor = Actor(UserId(int(charlie.id)), GuildId(int(guild.id)), "charlie")
    hidden = Overwrite(int(guild.id), "role", deny=Permission.VIEW_CHANNEL)
    async with means.sessions.begin() as session:
        return await api.request(
            session,
            actor=actor,
            kind=api.Kind.PERSONAL,
            name="Voice-charlie",
            parent_id=None,
            overwrites=[hidden],
            keeper="sessions",
            now=means.clock.now(),
        )


@pytest.fixture
def told(sessions):
    """What was told of rooms: [(kind, reason or None)]."""

    async def read():
        async with sessions() as session:
            rows = await session.scalars(select(Outbox).order_by(Outbox.position))
            return [(row.kind, row.data.get("reason")) for row in rows]

    return read


async def run_jobs(means, drain):
    await drain(feature.jobs, discord=means.discord)


async def state_of(means, room):
    async with means.sessions() as session:
        return (await session.get_one(Room, room.room_id)).state


async def test_its_keeper_alone_ends_it(means, guild, asked, told, drain, clock):
    channel_id = await api.create(means, asked.room_id, reason="for charlie")
    clock.advance(timedelta(days=1))
    await run_jobs(means, drain)
    assert guild.channel(str(channel_id)).exists
    assert await state_of(means, asked) == api.State.OPEN

    assert await api.close(means, asked.room_id, reason="member_left")
    assert not guild.has_channel("Voice-charlie")
    assert await told() == [("rooms.opened", None), ("rooms.closed", "member_left")]


async def test_a_create_that_is_called_twice_makes_one_channel(means, fake, asked):
    first = await api.create(means, asked.room_id, reason="for charlie")

    assert await api.create(means, asked.room_id, reason="for charlie") == first
    assert len(fake.requests.matching(*CREATE)) == 1


async def test_a_create_that_was_asked_for_is_not_asked_for_again(means, fake, asked):
    async with means.sessions.begin() as session:
        (await session.get_one(Room, asked.room_id)).asked_at = means.clock.now()
    with pytest.raises(OutcomeUnknown):
        await api.create(means, asked.room_id, reason="for charlie")

    assert fake.requests.matching(*CREATE) == []
    assert await state_of(means, asked) == api.State.CREATING


async def test_a_create_nobody_saw_the_end_of_is_found_by_the_next_call(
    means, fake, guild, asked, told
):
    fake.faults.add(Fault(*CREATE, status=502, after=True))
    found = await api.create(means, asked.room_id, reason="for charlie")

    assert str(found) == guild.channel("Voice-charlie").id
    assert await api.create(means, asked.room_id, reason="for charlie") == found
    assert await told() == [("rooms.opened", None)]


async def test_a_room_never_asked_of_discord_fails_after_a_minute_and_its_keeper_is_told(
    means, guild, asked, told, drain, clock
):
    clock.advance(timedelta(seconds=61))
    await run_jobs(means, drain)

    assert await told() == [("rooms.closed", "failed")]
    with pytest.raises(Conflict):
        await api.create(means, asked.room_id, reason="too late")


async def test_an_end_asked_for_in_a_transaction_is_carried_out_after_it(
    means, guild, asked, told, drain
):
    await api.create(means, asked.room_id, reason="for charlie")
    async with means.sessions.begin() as session:
        await api.request_close(session, asked.room_id, reason="drain", now=means.clock.now())
    assert guild.has_channel("Voice-charlie")

    await run_jobs(means, drain)
    assert not guild.has_channel("Voice-charlie")
    assert (await told())[-1] == ("rooms.closed", "drain")


async def test_an_end_asked_for_before_the_channel_is_there_comes_when_it_is(
    means, guild, asked, told, drain
):
    async with means.sessions.begin() as session:
        await api.request_close(session, asked.room_id, reason="cancelled", now=means.clock.now())
    with pytest.raises(Conflict):
        await api.create(means, asked.room_id, reason="for charlie")
    await run_jobs(means, drain)

    assert not guild.has_channel("Voice-charlie")
    assert await told() == [("rooms.closed", "cancelled")]


async def test_gone_is_closed(means, fake, guild, asked, told):
    await api.create(means, asked.room_id, reason="for charlie")
    await guild.channel("Voice-charlie").delete()

    assert await api.close(means, asked.room_id, reason="member_left")
    assert (await told())[-1] == ("rooms.closed", "member_left")
    assert [each.status for each in fake.requests.matching(*DELETE)] == [404]


async def test_a_forbidden_end_is_one_incident_and_one_request_until_it_is_armed_again(
    means, fake, guild, asked, told, drain, clock
):
    await api.create(means, asked.room_id, reason="for charlie")
    fake.faults.add(Fault(*DELETE, status=403, times=None))
    for _ in range(3):
        assert not await api.close(means, asked.room_id, reason="member_left")
        clock.advance(timedelta(hours=1))
        await run_jobs(means, drain)

    assert len(fake.requests.matching(*DELETE)) == 1
    assert await state_of(means, asked) == api.State.DELETING


async def test_what_the_bot_lacks_is_said_before_anything_is_created(means, fake, guild):
    guild_id = GuildId(int(guild.id))
    guild.bot_may(Permission.VIEW_CHANNEL)
    missing = Permission.MANAGE_CHANNELS
    await fake.until(lambda: missing not in means.discord.bot_permissions(guild_id))

    with pytest.raises(Refused) as refusal:
        api.check_rights(means.discord, guild_id, None)
    assert "Manage Channels" in str(refusal.value.facts["permission"])
