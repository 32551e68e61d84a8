"""Two shards: each has its own guilds, and the first one what belongs to none."""

from __future__ import annotations

import discord
import pytest

from fakecord.intents import Intent
from tests.fakecord import bots

INTENTS = int(Intent.GUILDS | Intent.GUILD_VOICE_STATES | Intent.DIRECT_MESSAGES)


@pytest.fixture
def people(fake):
    """Alice in a guild of shard 0, and in one of shard 1."""
    return bots.two_guilds(fake)


@pytest.fixture
async def shards(fake, people, connect):
    sockets = [await connect(), await connect()]
    for number, socket in enumerate(sockets):
        await socket.identify(fake.token, INTENTS, shard=[number, 2])
        await socket.settle()
    return sockets


def of_guild(socket):
    """The guilds its events were about."""
    told = [each["d"] for each in socket.heard if each["op"] == 0 and each["t"] != "READY"]
    return {data.get("guild_id") or data["id"] for data in told}


async def test_each_shard_hears_of_its_own_guilds_only(people, shards):
    for _, alice in people:
        await alice.joins("Lobby")
    for socket in shards:
        await socket.settle()

    assert [of_guild(socket) for socket in shards] == [{guild.id} for guild, _ in people]


async def test_a_direct_message_is_for_the_first_shard(api, people, shards):
    _, alice = people[1]
    direct = (await api("POST", "/users/@me/channels", {"recipient_id": alice.id})).body
    await api("POST", f"/channels/{direct['id']}/messages", {"content": "psst"})
    heard = [await socket.settle() for socket in shards]

    assert ["MESSAGE_CREATE" in events for events in heard] == [True, False]


@pytest.mark.parametrize("number", [0, 1])
async def test_a_shard_takes_a_seat_in_its_own_guild_only(people, shards, number):
    for guild, _ in people:
        lobby = guild.channel("Lobby").id
        await shards[number].send(4, {"guild_id": guild.id, "channel_id": lobby})
    await shards[number].settle()
    seated = [guild.channel("Lobby").occupants for guild, _ in people]

    assert seated == [["bot"], []] if number == 0 else [[], ["bot"]]


@pytest.mark.parametrize("number", [0, 1])
async def test_a_shard_is_told_members_of_its_own_guild_only(people, shards, number):
    for guild, alice in people:
        await shards[number].send(8, {"guild_id": guild.id, "user_ids": [alice.id]})
    await shards[number].settle()
    chunks = [each["d"] for each in shards[number].heard if each["t"] == "GUILD_MEMBERS_CHUNK"]

    assert [chunk["guild_id"] for chunk in chunks] == [people[number][0].id]


async def test_a_resumed_shard_is_still_the_same_one(fake, people, connect):
    first = await connect()
    ready = await first.identify(fake.token, INTENTS, shard=[1, 2])
    await first.settle()
    seen = max(each["s"] or 0 for each in first.heard)
    await first.close()
    for _, alice in people:
        await alice.joins("Lobby")
    second = await connect()
    session = {"token": fake.token, "session_id": ready["session_id"], "seq": seen}
    await second.send(6, session)
    await second.event("RESUMED")

    seated = [each["d"]["guild_id"] for each in second.heard if each["t"] == "VOICE_STATE_UPDATE"]
    assert seated == [people[1][0].id]


async def test_too_many_guilds_for_one_shard_are_closed_with_4011(fake, people, connect):
    fake.gateway.most_guilds = 1
    alone, one_of_two = await connect(), await connect()
    identify = {"token": fake.token, "properties": {}, "intents": INTENTS}
    await alone.send(2, identify)
    await one_of_two.send(2, identify | {"shard": [0, 2]})

    assert await alone.closed() == 4011
    assert await one_of_two.event("READY")


async def test_discord_py_spreads_the_guilds_as_it_is_told(fake, people):
    fake.recommend_shards(2)
    client = bots.make(fake, secure=False, shards=2)
    assert isinstance(client, discord.AutoShardedClient)
    heard = []

    async def on_voice_state_update(member, before, after):
        heard.append((after.channel.guild.name, after.channel.guild.shard_id))

    client.event(on_voice_state_update)
    with bots.in_clear(fake):
        async with bots.connected(fake, client):
            for _, alice in people:
                await alice.joins("Lobby")
            await fake.until(lambda: len(heard) == 2)
            shards = {guild.name: guild.shard_id for guild in client.guilds}

    assert client.shard_count == 2
    assert shards == {"Even": 0, "Odd": 1}
    assert sorted(heard) == [("Even", 0), ("Odd", 1)]


async def test_a_shard_that_is_cut_off_comes_back_alone(fake, people):
    fake.recommend_shards(2)
    client = bots.make(fake, secure=False, shards=2)
    with bots.in_clear(fake):
        async with bots.connected(fake, client):
            second = next(each for each in fake.gateway.connected if each.shard == (1, 2))
            second.connection.abort()
            await fake.until(lambda: fake.gateway.resumes == 1)
            await fake.until(lambda: len(fake.gateway.connected) == 2)

    assert fake.gateway.identifies == 2
