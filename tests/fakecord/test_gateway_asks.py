"""What a session asks of the gateway and what the gateway asks of it; beginning and going on."""

from __future__ import annotations

import asyncio

import pytest

from fakecord import Fakecord, Permission, Rate
from fakecord.intents import Intent

GUILDS = int(Intent.GUILDS)
MEMBERS = GUILDS | int(Intent.GUILD_MEMBERS)
VOICE = int(Intent.GUILDS | Intent.GUILD_VOICE_STATES)


@pytest.fixture
async def socket(fake, guild, alice, bob, connect):
    socket = await connect()
    await socket.identify(fake.token, MEMBERS)
    await socket.settle()
    return socket


def names(chunk):
    return [each["user"]["username"] for each in chunk["members"]]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param({"query": "", "limit": 0}, ["bot", "alice", "bob"], id="all"),
        pytest.param({"query": "", "limit": 2}, ["bot", "alice"], id="the first two"),
        pytest.param({"query": "B", "limit": 0}, ["bot", "bob"], id="by the beginning of a name"),
        pytest.param({"query": "b", "limit": 1}, ["bot"], id="one of those"),
        pytest.param({"query": "zoe", "limit": 9}, [], id="nobody"),
    ],
)
async def test_members_are_asked_for_by_name(guild, socket, asked, found):
    await socket.send(8, {"guild_id": guild.id, **asked})
    chunk = await socket.event("GUILD_MEMBERS_CHUNK")

    assert names(chunk) == found
    assert (chunk["chunk_index"], chunk["chunk_count"], chunk["not_found"]) == (0, 1, [])


async def test_members_are_asked_for_by_id(guild, bob, socket):
    ids = [int(bob.id), 1]
    await socket.send(8, {"guild_id": guild.id, "user_ids": ids, "nonce": "n" * 32})
    chunk = await socket.event("GUILD_MEMBERS_CHUNK")

    assert (names(chunk), chunk["not_found"], chunk["nonce"]) == (["bob"], ["1"], "n" * 32)


async def test_a_hundred_ids_are_answered_and_a_long_nonce_is_ignored(guild, socket):
    ids = [str(number) for number in range(101)]
    await socket.send(8, {"guild_id": guild.id, "user_ids": ids, "nonce": "n" * 33})
    chunk = await socket.event("GUILD_MEMBERS_CHUNK")

    assert len(chunk["not_found"]) == 100
    assert "nonce" not in chunk


async def test_many_members_come_in_chunks_of_a_thousand(guild, socket):
    for number in range(1001):
        guild.member(f"m{number}")
    await socket.send(8, {"guild_id": guild.id, "query": "", "limit": 0})
    first, second = [await socket.event("GUILD_MEMBERS_CHUNK") for _ in range(2)]

    assert (len(first["members"]), len(second["members"])) == (1000, 4)
    assert [(each["chunk_index"], each["chunk_count"]) for each in (first, second)] == [
        (0, 2),
        (1, 2),
    ]


@pytest.mark.parametrize(
    ("intents", "asked"),
    [
        pytest.param(GUILDS, {"query": "", "limit": 0}, id="all without the intent"),
        pytest.param(
            MEMBERS, {"query": "b", "limit": 0, "presences": True}, id="presences without it"
        ),
        pytest.param(MEMBERS, {"query": "b"}, id="no limit"),
        pytest.param(MEMBERS, {"limit": 0}, id="nothing asked"),
        pytest.param(MEMBERS, {"guild_id": "1", "query": "b", "limit": 0}, id="an unknown guild"),
    ],
)
async def test_members_that_may_not_be_asked_for_do_not_come(
    fake, guild, alice, connect, intents, asked
):
    socket = await connect()
    await socket.identify(fake.token, intents)
    await socket.send(8, {"guild_id": guild.id} | asked)

    assert "GUILD_MEMBERS_CHUNK" not in await socket.settle()


async def test_channel_info_tells_the_status_and_since_when_somebody_sits_there(
    fake, guild, alice, api, socket
):
    lobby = guild.channel("Lobby")
    fake.clock.freeze(1_800_000_000.5)
    await alice.joins("Lobby")
    await api("PUT", f"/channels/{lobby.id}/voice-status", {"status": "3/5"})
    fields = ["status", "voice_start_time"]
    await socket.send(43, {"guild_id": guild.id, "fields": fields})
    seated = await socket.event("CHANNEL_INFO")
    await alice.leaves()
    await socket.send(43, {"guild_id": guild.id, "fields": fields[1:]})
    empty = await socket.event("CHANNEL_INFO")

    info = {"id": lobby.id, "status": "3/5", "voice_start_time": 1_800_000_000}
    assert seated == {"guild_id": guild.id, "channels": [info]}
    assert empty["channels"] == []


async def test_the_start_of_a_conversation_is_told_once_and_so_is_its_end(
    guild, alice, bob, socket
):
    guild.add_channel("Den", "voice")
    await alice.joins("Lobby")
    await bob.joins("Lobby")
    await alice.joins("Den")
    await bob.leaves()
    await socket.settle()
    told = [each["d"] for each in socket.heard if each["t"] == "VOICE_CHANNEL_START_TIME_UPDATE"]
    lobby, den = guild.channel("Lobby").id, guild.channel("Den").id

    assert [(each["id"], each["voice_start_time"] is None) for each in told] == [
        (lobby, False),
        (den, False),
        (lobby, True),
    ]


async def test_there_are_no_sounds(guild, socket):
    await socket.send(31, {"guild_ids": [guild.id, "1"]})
    told = await socket.event("SOUNDBOARD_SOUNDS")

    assert told == {"guild_id": guild.id, "soundboard_sounds": []}


async def test_a_presence_is_kept_with_its_session(fake, socket):
    activity = {"name": "chess", "type": 0}
    await socket.send(3, {"status": "idle", "afk": True, "since": 1, "activities": [activity]})
    await socket.settle()

    assert fake.gateway.sessions[0].presence == {
        "status": "idle", "afk": True, "since": 1, "activities": [activity],
    }  # fmt: skip


async def test_the_gateway_may_ask_for_a_heartbeat(fake, socket):
    fake.gateway.ask_heartbeat()

    assert (await socket.next(1))["d"] is None


async def test_what_is_too_old_is_not_replayed(fake, guild, alice, connect):
    fake.gateway.kept = 2
    first = await connect()
    ready = await first.identify(fake.token, VOICE)
    await first.settle()
    await first.close()
    await alice.joins("Lobby")
    answers = []
    for seq in (1, 2):
        socket = await connect()
        session = {"token": fake.token, "session_id": ready["session_id"], "seq": seq}
        await socket.send(6, session)
        answers.append(((await socket.receive()) or {})["op"])

    assert answers == [9, 0]


async def test_a_session_does_not_outlive_fakecord(http):
    async def begin(*, resuming: str | None) -> tuple[str, int]:
        async with Fakecord() as fake:
            fake.guild("Demo")
            socket = await http.ws_connect(fake.gateway_url + "/?v=10")
            await socket.receive_json()
            asked = {"token": fake.token, "properties": {}, "intents": GUILDS}
            asked |= {"session_id": resuming, "seq": 1}
            # Another session begins first: it must not be taken for the old one.
            other = await http.ws_connect(fake.gateway_url + "/?v=10")
            await other.receive_json()
            await other.send_json({"op": 2, "d": asked})
            ready = await other.receive_json()
            await socket.send_json({"op": 6, "d": asked})
            answer = (await socket.receive_json())["op"] if resuming else 0
            return ready["d"]["session_id"], answer

    session, _ = await begin(resuming=None)

    assert (await begin(resuming=session))[1] == 9


async def test_sessions_begin_no_faster_than_the_pace(fake, guild, connect):
    fake.clock.freeze()
    fake.limits.as_documented()
    asked = {"token": fake.token, "properties": {}, "intents": GUILDS}
    heard = []
    for seconds in (0, 4.9, 0.1):
        fake.clock.advance(seconds)
        socket = await connect()
        await socket.send(2, asked)
        heard.append(((await socket.receive()) or {})["op"])

    assert heard == [0, 9, 0]


async def test_shards_of_different_keys_begin_together(fake, guild, connect):
    fake.clock.freeze()
    fake.limits.as_documented()
    fake.limits.max_concurrency = 2
    heard = []
    for shard in (0, 1, 2):
        socket = await connect()
        asked = {"token": fake.token, "properties": {}, "intents": GUILDS, "shard": [shard, 4]}
        await socket.send(2, asked)
        heard.append(((await socket.receive()) or {})["op"])

    assert heard == [0, 0, 9]


async def test_who_spends_the_sessions_of_a_day_gets_a_new_token(fake, guild, connect, api):
    fake.limits.identifies.rate = Rate(1, 86_400.0)
    before = fake.token
    first, second = await connect(), await connect()
    await first.identify(before, GUILDS)
    told = (await api("GET", "/gateway/bot")).body["session_start_limit"]
    await second.send(2, {"token": before, "properties": {}, "intents": GUILDS})
    closed = await asyncio.gather(first.closed(), second.closed())

    assert (told["total"], told["remaining"], told["max_concurrency"]) == (1, 0, 1)
    assert 86_000_000 < told["reset_after"] <= 86_400_000
    assert list(closed) == [4004, 4004]
    assert fake.token != before
    assert (await api("GET", "/users/@me")).status == 401


NEEDED = {
    "CHANNEL_CREATE": Intent.GUILDS,
    "GUILD_ROLE_CREATE": Intent.GUILDS,
    "GUILD_MEMBER_ADD": Intent.GUILD_MEMBERS,
    "GUILD_AUDIT_LOG_ENTRY_CREATE": Intent.GUILD_MODERATION,
    "VOICE_STATE_UPDATE": Intent.GUILD_VOICE_STATES,
    "MESSAGE_CREATE": Intent.GUILD_MESSAGES,
    "TYPING_START": Intent.GUILD_MESSAGE_TYPING,
}


@pytest.mark.parametrize("name", NEEDED)
async def test_an_event_comes_with_its_intent_and_only_then(fake, guild, alice, api, connect, name):
    with_it, without_it = await connect(), await connect()
    await with_it.identify(fake.token, int(NEEDED[name]))
    await without_it.identify(fake.token, ((1 << 17) - 1) & ~NEEDED[name])
    await happenings(guild, alice, api)

    assert name in await with_it.settle()
    assert name not in await without_it.settle()


async def happenings(guild, alice, api):
    guild.add_channel("new")
    guild.role("new")
    guild.member("carol")
    await alice.joins("Lobby")
    await alice.types("hello")
    await api("POST", f"/channels/{guild.channel('general').id}/typing")
    await guild.channel("new").delete()


async def test_a_bot_that_loses_sight_of_a_channel_hears_nothing_more_of_it(
    fake, guild, alice, connect
):
    guild.bot_may(Permission.SEND_MESSAGES)
    guild.add_channel("other")
    socket = await connect()
    await socket.identify(fake.token, int(Intent.GUILDS | Intent.GUILD_MESSAGES))
    await alice.types("one", channel="general")
    await guild.channel("general").overwrite("bot", deny=Permission.VIEW_CHANNEL)
    await alice.types("two", channel="general")
    await alice.types("three", channel="other")
    await guild.channel("general").overwrite("bot")
    await alice.types("four", channel="general")

    assert (await socket.settle()).count("MESSAGE_CREATE") == 3
