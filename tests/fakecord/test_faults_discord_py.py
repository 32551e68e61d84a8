"""Each fault as an unmodified discord.py really sees it: what its users have to be prepared for."""

from __future__ import annotations

import asyncio

import aiohttp
import discord
import pytest

from fakecord import Clock, EventFault, Fakecord, Fault, Moment, Permission, Plan, read_plan
from tests.fakecord import bots

CHANNELS = "/guilds/{guild_id}/channels"


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """discord.py sleeps 1, 3, 5… seconds between its tries, and up to as many between connections."""
    real = asyncio.sleep

    async def sleep(seconds, result=None):
        return await real(min(seconds, 0.01), result)

    monkeypatch.setattr(asyncio, "sleep", sleep)


def posts(fake):
    return len(fake.requests.matching("POST", CHANNELS))


def named(guild, name):
    return [each for each in guild.state.channels.values() if each.name == name]


@pytest.fixture
async def client(bot):
    return await bot()


def moves(client):
    """(before, after) of each voice state update, by the channels' names."""
    seen: list[tuple[str, str]] = []

    @client.event
    async def on_voice_state_update(member, before, after):
        seen.append((str(before.channel), str(after.channel)))

    return seen


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_a_5xx_before_the_work_is_tried_again(fake, guild, client, status):
    fake.faults.add(Fault("POST", CHANNELS, status=status, times=2))
    await client.demo.create_voice_channel("x")

    assert (posts(fake), len(named(guild, "x"))) == (3, 1)


async def test_a_5xx_after_the_work_makes_two_channels_of_one(fake, guild, client):
    fake.faults.add(Fault("POST", CHANNELS, status=502, after=True))
    await client.demo.create_voice_channel("x")

    assert (posts(fake), len(named(guild, "x"))) == (2, 2)


async def test_a_503_is_not_tried_again(fake, guild, client):
    fake.faults.add(Fault("POST", CHANNELS, status=503))

    with pytest.raises(discord.DiscordServerError):
        await client.demo.create_voice_channel("x")
    assert posts(fake) == 1


@pytest.mark.parametrize("after", [False, True], ids=["before the work", "after the work"])
async def test_a_reset_is_not_tried_again_and_says_nothing_of_the_work(fake, guild, client, after):
    fake.faults.add(Fault("POST", CHANNELS, reset=True, after=after))

    with pytest.raises(aiohttp.ClientError):
        await client.demo.create_voice_channel("x")
    assert (posts(fake), len(named(guild, "x"))) == (1, int(after))


async def test_html_from_the_edge_is_tried_again(fake, guild, client):
    fake.faults.add(Fault("POST", CHANNELS, html=True, status=502))
    await client.demo.create_voice_channel("x")

    assert (posts(fake), len(named(guild, "x"))) == (2, 1)


@pytest.mark.parametrize("after", [False, True], ids=["before the work", "after the work"])
async def test_a_half_open_socket_keeps_the_caller_waiting_until_he_gives_up(
    fake, guild, client, after
):
    fault = fake.faults.add(Fault("POST", CHANNELS, half_open=True, after=after))
    asked = asyncio.create_task(client.demo.create_voice_channel("x"))
    await fault.reached()

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asked, 0.05)
    assert fault.held == 1
    assert len(named(guild, "x")) == int(after)


async def test_latency_is_waited_out_by_the_clock(fake, guild, client):
    fake.clock.freeze()
    fault = fake.faults.add(Fault("POST", CHANNELS, latency=30, jitter=30))
    asked = asyncio.create_task(client.demo.create_voice_channel("x"))
    await fault.reached()
    fake.clock.advance(29)
    early = named(guild, "x")
    fake.clock.advance(31)

    assert not early
    assert (await asked).name == "x"


async def test_an_answer_of_the_wrong_type_is_text_to_discord_py(fake, client):
    fake.faults.add(Fault("POST", CHANNELS, headers={"Content-Type": "application/json; x=1"}))

    with pytest.raises(TypeError):
        await client.demo.create_voice_channel("x")


async def test_an_answer_without_limit_headers_is_an_answer(fake, guild, client):
    names = ("Limit", "Remaining", "Reset", "Reset-After", "Bucket")
    headers: dict[str, str | None] = {f"X-RateLimit-{name}": None for name in names}
    fake.faults.add(Fault(times=None, headers=headers))
    await asyncio.gather(*(client.demo.create_voice_channel("x") for _ in range(3)))

    assert len(named(guild, "x")) == 3


async def test_a_dropped_connection_is_resumed_and_what_was_missed_arrives(
    fake, guild, alice, client
):
    seen, before = moves(client), client.demo
    await fake.gateway.drop(4000)
    await alice.joins("Lobby")
    await fake.until(lambda: seen)

    assert (seen, fake.gateway.resumes) == ([("None", "Lobby")], 1)
    assert client.demo is before


async def test_op_7_and_a_resumable_op_9_are_resumed(fake, guild, alice, client):
    await fake.gateway.reconnect()
    await fake.until(lambda: fake.gateway.resumes == 1 and fake.gateway.connected)
    await fake.gateway.invalidate(resumable=True)
    await fake.until(lambda: fake.gateway.resumes == 2)

    assert fake.gateway.identifies == 1


async def test_after_op_9_the_guild_is_another_object_and_the_old_one_is_stale(
    fake, guild, alice, client
):
    before = client.demo
    await fake.gateway.invalidate(resumable=False)
    await fake.until(lambda: fake.gateway.identifies == 2 and client.demo is not before)
    await alice.joins("Lobby")
    await fake.until(lambda: client.demo.voice_channels[0].voice_states)

    assert fake.gateway.resumes == 0
    assert not before.voice_channels[0].voice_states


async def test_a_zombie_is_found_out_by_its_silence_and_what_was_missed_arrives(
    fake, guild, alice, bot
):
    fake.gateway.heartbeat_interval = 0.1
    client = await bot(lambda each: setattr(each._connection, "heartbeat_timeout", 0.3))
    seen = moves(client)
    fake.gateway.zombie()
    await alice.joins("Lobby")
    await fake.until(lambda: seen)

    assert seen == [("None", "Lobby")]
    assert fake.gateway.resumes == 1


async def test_a_half_open_gateway_is_found_out_by_its_silence(fake, guild, alice, bot):
    fake.gateway.heartbeat_interval = 0.1
    client = await bot(lambda each: setattr(each._connection, "heartbeat_timeout", 0.3))
    seen = moves(client)
    fake.gateway.half_open()
    await alice.joins("Lobby")
    await fake.until(lambda: seen, timeout=30)

    assert fake.gateway.resumes == 1


async def test_a_heartbeat_that_is_asked_for_comes(fake, client):
    session = fake.gateway.connected[0]
    fake.gateway.ask_heartbeat()
    await fake.until(lambda: session.beats)

    assert fake.gateway.connected == [session]


async def test_a_lost_event_leaves_the_cache_wrong_for_good(fake, guild, alice, client):
    seen, lobby = moves(client), client.demo.voice_channels[0]
    fake.gateway.lose_next("VOICE_STATE_UPDATE")
    await alice.joins("Lobby")
    await alice.mutes()
    await fake.until(lambda: seen)

    # The next event tells of it, as if she had just come.
    assert seen == [("None", "Lobby")]
    fake.gateway.lose_next("VOICE_STATE_UPDATE")
    await alice.leaves()
    await guild.channel("Lobby").edit(user_limit=3)
    await fake.until(lambda: lobby.user_limit == 3)
    assert [each.name for each in lobby.members] == ["alice"]


async def test_a_doubled_event_is_dispatched_twice_the_second_changing_nothing(
    fake, guild, alice, client
):
    seen = moves(client)
    fake.gateway.duplicate_next("VOICE_STATE_UPDATE")
    await alice.joins("Lobby")
    await fake.until(lambda: len(seen) == 2)

    assert seen == [("None", "Lobby"), ("Lobby", "Lobby")]


async def test_a_delayed_event_comes_when_all_is_over(fake, guild, alice, client):
    fake.clock.freeze()
    seen, lobby = moves(client), client.demo.voice_channels[0]
    fake.gateway.events.add(EventFault("VOICE_STATE_UPDATE", "delay", seconds=5))
    await alice.joins("Lobby")
    await alice.leaves()
    await fake.until(lambda: "VOICE_CHANNEL_START_TIME_UPDATE" in client.heard)
    fake.clock.advance(5)
    await fake.until(lambda: ("None", "Lobby") in seen)

    # She has left, and is there: a ghost.
    assert [each.name for each in lobby.members] == ["alice"]


async def test_events_that_overtake_each_other_leave_a_ghost(fake, guild, alice, client):
    await alice.joins("Lobby")
    guild.add_channel("Den", "voice")
    await fake.until(lambda: len(client.demo.voice_channels) == 2)
    seen = moves(client)
    fake.gateway.events.add(EventFault("VOICE_CHANNEL_START_TIME_UPDATE", times=None))
    fake.gateway.events.add(EventFault("VOICE_STATE_UPDATE", "swap"))
    await alice.joins("Den")
    await alice.leaves()
    await fake.until(lambda: len(seen) == 2)

    assert seen == [("Lobby", "None"), ("None", "Den")]
    assert [each.name for each in client.demo.voice_channels[1].members] == ["alice"]


async def test_an_outage_takes_the_guild_away_and_what_happened_meanwhile_is_not_told(
    fake, guild, alice, client
):
    seen, left, back = moves(client), asyncio.Event(), asyncio.Event()
    client.event(named_as("on_guild_unavailable", left))
    client.event(named_as("on_guild_available", back))
    await guild.outage(True)
    await left.wait()
    await alice.joins("Lobby")
    unavailable = client.demo.unavailable
    await guild.outage(False)
    await back.wait()

    assert unavailable
    assert seen == []
    assert list(client.demo.voice_channels[0].voice_states) == [int(alice.id)]


def named_as(name, happened):
    async def handler(_):
        happened.set()

    handler.__name__ = name
    return handler


async def test_after_an_outage_with_stale_data_a_ghost_sits_in_the_channel(
    fake, guild, alice, client
):
    await alice.joins("Lobby")
    back = asyncio.Event()
    client.event(named_as("on_guild_available", back))
    await fake.outage(guild, True, stale=True)
    await alice.leaves()
    await fake.outage(guild, False)
    await back.wait()
    seen = client.demo.voice_channels[0].voice_states
    truth = guild.channel("Lobby").occupants

    assert (list(seen), truth) == ([int(alice.id)], [])


async def test_a_guild_that_comes_late_is_not_there_when_the_bot_says_it_is_ready(
    fake, guild, alice, bot
):
    fake.clock.freeze()
    fake.gateway.events.add(EventFault("GUILD_CREATE", "delay", seconds=60))
    client = await bot()
    ready = client.demo.unavailable, list(client.demo.channels)
    await alice.joins("Lobby")
    fake.clock.advance(60)
    await fake.until(lambda: client.demo.voice_channels)

    assert ready == (True, [])
    assert list(client.demo.voice_channels[0].voice_states) == [int(alice.id)]


async def test_a_token_that_was_reset_ends_the_bot(fake, client, api):
    fake.reset_token()

    with pytest.raises((discord.LoginFailure, discord.ConnectionClosed)):
        await client.task
    assert client.is_closed()
    assert (await api("GET", "/users/@me")).status == 401


async def test_a_permission_that_was_lost_is_told_and_then_refused(fake, guild, client):
    moment = Moment(fault="lose_permission", permission="MANAGE_CHANNELS")
    fake.follow(Plan(moments=(moment,)))
    await fake.until(lambda: not client.demo.me.guild_permissions.manage_channels)

    with pytest.raises(discord.Forbidden) as raised:
        await client.demo.create_voice_channel("x")
    assert raised.value.code == 50013
    assert guild.bot_role.permissions & Permission.MANAGE_ROLES


async def test_a_clock_that_stands_still_lets_no_bucket_fill_up_again(fake, guild, client):
    fake.follow(Plan(moments=(Moment(fault="freeze_clock"),)))
    await fake.until(lambda: fake.clock.frozen)
    fake.limits.set(f"POST {CHANNELS}", 1, 0.01)
    await client.demo.create_voice_channel("x")
    second = asyncio.create_task(client.demo.create_voice_channel("x"))
    await fake.until(lambda: posts(fake) > 2)
    waiting = len(named(guild, "x"))
    fake.clock.advance(1)
    await second

    assert (waiting, len(named(guild, "x"))) == (1, 2)


async def test_a_clock_that_is_moved_makes_an_answer_too_late(fake, guild, alice, bot):
    refused = asyncio.get_running_loop().create_future()

    def arrange(client):
        @client.tree.command(description="x")
        async def slow(interaction: discord.Interaction) -> None:
            fake.follow(Plan(moments=(Moment(fault="move_clock", seconds=4),)))
            await fake.until(lambda: fake.trace)
            with pytest.raises(discord.NotFound) as late:
                await interaction.response.send_message("x")
            refused.set_result(late.value.code)

        client.setup_hook = client.tree.sync

    await bot(arrange)
    asked = await alice.runs("/slow")

    assert await refused == 10062
    assert not asked.acknowledged


WILD = {
    "requests": [
        {"method": "POST", "path": CHANNELS, "status": 502, "after": True, "chance": 0.25}
    ],
    "events": [
        {"event": "VOICE_STATE_UPDATE", "what": "double", "chance": 0.4},
        {"event": "VOICE_STATE_UPDATE", "what": "lose", "chance": 0.2},
    ],
}


async def struck(seed):
    """What befell a discord.py that did the same things at the same time, and how many channels it has now."""
    clock = Clock()
    clock.freeze(1_800_000_000.0)
    async with Fakecord(clock=clock) as fake:
        guild = fake.guild("Demo")
        alice = guild.member("alice", owner=True)
        client = bots.make(fake, secure=False)
        async with bots.running(client, fake):
            fake.follow(read_plan(WILD | {"seed": seed}))
            for number in range(8):
                await client.guilds[0].create_voice_channel(f"x{number}")
                await alice.joins("Lobby")
                await alice.leaves()
        return fake.trace, len(guild.channel_names)


async def test_the_same_seed_gives_discord_py_the_same_trace_twice_and_another_one_another():
    first, again, other = [await struck(seed) for seed in (7, 7, 8)]

    assert first == again
    assert first[0] != other[0]
    assert {each.fault for each in first[0]} == {"502 after", "double", "lose"}
