"""The gateway as it is on the wire."""

from __future__ import annotations

import aiohttp
import pytest

from fakecord import Permission
from fakecord.intents import Intent

GUILDS = int(Intent.GUILDS)
VOICE = int(Intent.GUILDS | Intent.GUILD_VOICE_STATES)
MESSAGES = int(Intent.GUILDS | Intent.GUILD_MESSAGES)


@pytest.mark.parametrize("compress", ["", "zlib-stream", "zstd-stream"])
async def test_each_compression_carries_ready_and_the_guild(fake, guild, connect, compress):
    socket = await connect(**({"compress": compress} if compress else {}))
    ready = await socket.identify(fake.token, GUILDS)
    snapshot = await socket.event("GUILD_CREATE")

    assert ready["resume_gateway_url"] == fake.gateway_url
    assert ready["guilds"] == [{"id": guild.id, "unavailable": True}]
    assert {each["name"] for each in snapshot["channels"]} == {"Text", "general", "Voice", "Lobby"}


async def test_binary_frames_are_understood(connect):
    socket = await connect()
    await socket.send(1, binary=True)

    assert (await socket.next(11))["op"] == 11


async def test_voice_states_come_only_with_their_intent(fake, alice, connect):
    deaf, hearing = await connect(), await connect()
    await deaf.identify(fake.token, GUILDS)
    await hearing.identify(fake.token, VOICE)
    await alice.joins("Lobby")

    assert "VOICE_STATE_UPDATE" not in await deaf.settle()
    assert "VOICE_STATE_UPDATE" in await hearing.settle()


async def test_what_is_said_is_blank_without_the_content_intent(fake, alice, connect):
    blind, reading = await connect(), await connect()
    await blind.identify(fake.token, MESSAGES)
    await reading.identify(fake.token, MESSAGES | Intent.MESSAGE_CONTENT)
    await alice.types("secret")

    assert (await blind.event("MESSAGE_CREATE"))["content"] == ""
    assert (await reading.event("MESSAGE_CREATE"))["content"] == "secret"


async def test_what_mentions_the_bot_is_readable_without_the_intent(fake, alice, connect):
    socket = await connect()
    await socket.identify(fake.token, MESSAGES)
    await alice.types(f"hi <@{fake.application_id}>")

    assert (await socket.event("MESSAGE_CREATE"))["content"].startswith("hi")


async def test_nothing_is_heard_of_a_channel_the_bot_cannot_see(fake, guild, alice, connect):
    guild.bot_may(Permission.SEND_MESSAGES)
    await guild.channel("general").overwrite("bot", deny=Permission.VIEW_CHANNEL)
    socket = await connect()
    await socket.identify(fake.token, MESSAGES)
    await alice.types("psst", channel="general")

    assert "MESSAGE_CREATE" not in await socket.settle()


async def test_somebody_who_goes_where_the_bot_cannot_look_has_left(fake, guild, alice, connect):
    guild.bot_may(Permission.SEND_MESSAGES)
    guild.add_channel("den", "voice")
    await guild.channel("den").overwrite("bot", deny=Permission.VIEW_CHANNEL)
    socket = await connect()
    await socket.identify(fake.token, VOICE)
    await alice.joins("Lobby")
    await socket.event("VOICE_STATE_UPDATE")
    await alice.joins("den")
    left = await socket.event("VOICE_STATE_UPDATE")
    await alice.mutes()
    await alice.leaves()

    assert left["channel_id"] is None
    assert (await socket.settle()).count("VOICE_STATE_UPDATE") == 2


async def test_a_deleted_channel_first_sends_its_people_away(fake, guild, alice, connect):
    await alice.joins("Lobby")
    socket = await connect()
    await socket.identify(fake.token, VOICE)
    await guild.channel("Lobby").delete()

    assert (await socket.settle())[-3:] == [
        "VOICE_STATE_UPDATE",
        "VOICE_CHANNEL_START_TIME_UPDATE",
        "CHANNEL_DELETE",
    ]


async def test_resume_replays_what_came_after_the_sequence(fake, alice, connect):
    first = await connect()
    ready = await first.identify(fake.token, VOICE)
    seen = (await first.next(0, "GUILD_CREATE"))["s"]
    await first.close()
    await alice.joins("Lobby")
    second = await connect()
    await second.send(6, {"token": fake.token, "session_id": ready["session_id"], "seq": seen})
    await second.event("RESUMED")

    assert second.events == ["VOICE_STATE_UPDATE", "VOICE_CHANNEL_START_TIME_UPDATE", "RESUMED"]


@pytest.mark.parametrize(("code", "op"), [(4000, 0), (1000, 9)], ids=["cut", "goodbye"])
async def test_who_says_goodbye_cannot_resume(fake, guild, connect, code, op):
    first = await connect()
    ready = await first.identify(fake.token, GUILDS)
    await first.settle()
    await first.close(code)
    second = await connect()
    await second.send(6, {"token": fake.token, "session_id": ready["session_id"], "seq": 2})
    answer = await second.receive()

    assert answer is not None
    assert answer["op"] == op


async def test_the_snapshot_prunes_members_who_are_not_in_voice(fake, guild, alice, bob, connect):
    await bob.joins("Lobby")
    socket = await connect()
    await socket.identify(fake.token, GUILDS)
    snapshot = await socket.event("GUILD_CREATE")

    assert {each["user"]["username"] for each in snapshot["members"]} == {"bot", "bob"}
    assert snapshot["member_count"] == 3
    assert [each["user_id"] for each in snapshot["voice_states"]] == [bob.id]


async def test_the_bot_takes_its_seat_where_it_may(fake, guild, connect):
    socket = await connect()
    await socket.identify(fake.token, GUILDS)
    lobby = guild.channel("Lobby")
    await socket.send(4, {"guild_id": guild.id, "channel_id": lobby.id, "self_mute": True})
    own = await socket.event("VOICE_STATE_UPDATE")
    seated = lobby.occupants
    await socket.send(4, {"guild_id": guild.id, "channel_id": None})
    left = await socket.event("VOICE_STATE_UPDATE")

    assert (own["channel_id"], own["self_mute"], seated) == (lobby.id, True, ["bot"])
    assert (left["channel_id"], lobby.occupants) == (None, [])


async def test_the_bot_is_not_seated_without_connect(fake, guild, connect):
    guild.bot_may(Permission.VIEW_CHANNEL)
    await guild.channel("Lobby").overwrite("bot", deny=Permission.CONNECT)
    socket = await connect()
    await socket.identify(fake.token, GUILDS)
    await socket.send(4, {"guild_id": guild.id, "channel_id": guild.channel("Lobby").id})
    await socket.settle()

    assert guild.channel("Lobby").occupants == []


async def test_a_zombie_takes_heartbeats_and_says_nothing(fake, alice, connect):
    socket = await connect()
    await socket.identify(fake.token, VOICE)
    await socket.settle()
    heard = len(socket.heard)
    fake.gateway.zombie(True)
    await alice.joins("Lobby")
    await socket.send(1)
    await socket.send(1)
    fake.gateway.zombie(False)
    await socket.send(1)
    await socket.next(11)

    assert len(socket.heard) == heard + 1


async def test_a_refused_connection_fails_and_the_next_one_works(fake, connect):
    fake.gateway.refuse(1)

    with pytest.raises(aiohttp.ClientError):
        await connect()
    assert await connect()


async def test_an_event_can_come_twice_or_never(fake, alice, connect):
    socket = await connect()
    await socket.identify(fake.token, VOICE)
    fake.gateway.duplicate_next("VOICE_STATE_UPDATE")
    await alice.joins("Lobby")
    fake.gateway.lose_next("VOICE_STATE_UPDATE")
    await alice.leaves()
    await alice.joins("Lobby")
    events = [each["d"]["channel_id"] for each in socket.heard if each["t"] == "VOICE_STATE_UPDATE"]
    await socket.settle()
    events = [each["d"]["channel_id"] for each in socket.heard if each["t"] == "VOICE_STATE_UPDATE"]

    assert len(events) == 3
    assert None not in events


async def test_a_malformed_event_is_dispatched_as_it_is(fake, guild, connect):
    socket = await connect()
    await socket.identify(fake.token, GUILDS)
    fake.gateway.send("CHANNEL_CREATE", {"type": 2})

    assert await socket.event("CHANNEL_CREATE") == {"type": 2}


async def test_nothing_is_heard_during_an_outage_and_then_the_snapshot(
    fake, guild, alice, bob, connect
):
    await alice.joins("Lobby")
    await bob.joins("Lobby")
    socket = await connect()
    await socket.identify(fake.token, VOICE)
    await socket.event("GUILD_CREATE")
    await guild.outage(True)
    await alice.leaves()
    await guild.outage(False)
    snapshot = await socket.event("GUILD_CREATE")

    assert socket.events[-2:] == ["GUILD_DELETE", "GUILD_CREATE"]
    assert socket.heard[-2]["d"] == {"id": guild.id, "unavailable": True}
    assert [each["user_id"] for each in snapshot["voice_states"]] == [bob.id]


async def test_a_login_during_an_outage_gets_no_snapshot_of_it(fake, guild, connect):
    await guild.outage(True)
    socket = await connect()
    ready = await socket.identify(fake.token, GUILDS)

    assert ready["guilds"] == [{"id": guild.id, "unavailable": True}]
    assert "GUILD_CREATE" not in await socket.settle()


async def test_two_shards_share_the_guilds(fake, connect):
    names = [f"guild {number}" for number in range(2)]
    for name in names:
        fake.guild(name)
        fake.clock.advance(0.001)
    own = []
    for shard in (0, 1):
        socket = await connect()
        ready = await socket.identify(fake.token, GUILDS, shard=[shard, 2])
        own.append([each["id"] for each in ready["guilds"]])
    shard_of = {each.id: (int(each.id) >> 22) % 2 for each in fake.guilds}

    assert own == [[i for i, at in shard_of.items() if at == shard] for shard in (0, 1)]


async def test_the_audit_log_entry_comes_with_intent_and_permission(fake, guild, alice, connect):
    moderation = GUILDS | Intent.GUILD_MODERATION
    guild.bot_may(Permission.VIEW_AUDIT_LOG)
    socket = await connect()
    await socket.identify(fake.token, moderation)
    await guild.channel("Lobby").delete()
    entry = await socket.event("GUILD_AUDIT_LOG_ENTRY_CREATE")
    guild.bot_may(Permission.VIEW_CHANNEL)
    await socket.settle()
    before = len(socket.events)
    await guild.channel("general").delete()

    assert (entry["action_type"], entry["user_id"]) == (12, alice.id)
    assert (await socket.settle())[before:] == ["CHANNEL_DELETE"]
