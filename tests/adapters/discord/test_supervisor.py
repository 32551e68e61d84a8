"""A bot that stays up, and says in one line why it cannot."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import discord
import pytest
from discord.ext import commands

from fakecord import Fault
from rallypoint.adapters.discord.budget import Budget
from rallypoint.adapters.discord.client import Pauses
from rallypoint.kernel.errors import CannotStart, Unavailable
from rallypoint.kernel.ids import ChannelId, OperationId

from .conftest import FAST


class Ears(commands.Cog):
    """Hears who joined what, raw."""

    def __init__(self, heard):
        self.raw = {"VOICE_STATE_UPDATE": heard.put_nowait}


@pytest.fixture
def heard():
    return asyncio.Queue()


@pytest.fixture
def cogs(heard):
    return lambda: [Ears(heard)]


async def hears_of(member, heard):
    """The channel the bot is told that *member* is in; what it hears before that is passed over."""
    async with asyncio.timeout(10):
        while (payload := await heard.get()).get("user_id") != member.id:
            pass
    return payload["channel_id"]


def change_application(fake, **fields):
    step = fake.core.step()
    step.put(replace(fake.core.world.application, **fields))
    fake.core.commit(step)


async def ended(program):
    """Why it ended by itself."""
    async with asyncio.timeout(10):
        await asyncio.wait([program.running])
    with pytest.raises(CannotStart) as error:
        program.running.result()
    return str(error.value)


async def test_it_asks_for_no_more_than_guilds_and_voice(start, fake, home):
    await start().until_connected()

    assert fake.gateway.last_identify["intents"] == 1 << 0 | 1 << 7


async def test_connected_means_that_the_guild_is_known(start, home):
    program = start()
    await program.until_connected()

    assert program.port.bot_permissions(int(home.id)) is not None
    assert program.line.bot_id is not None


async def test_stopping_leaves_nothing_behind(start, home):
    before = asyncio.all_tasks()
    program = start()
    await program.until_connected()
    bot = program.line.client
    await program.stop()

    assert program.changes == [True, False]
    assert bot.is_closed()
    assert bot.http.connector.closed
    assert {task for task in asyncio.all_tasks() - before if "fakecord" not in repr(task)} == set()


@pytest.mark.parametrize(
    ("token", "told"),
    [
        pytest.param(None, "no bot token is set", id="none"),
        pytest.param("  ", "no bot token is set", id="blank"),
        pytest.param("MTIz.wrong.token", "does not accept the bot token", id="wrong"),
        pytest.param("a token\nwith more", "does not accept the bot token", id="no token at all"),
        pytest.param("tökén", "does not accept the bot token", id="not ascii"),
    ],
)
async def test_without_a_good_token_it_says_what_to_do(start, token, told):
    words = await ended(start(token=token))

    assert told in words
    assert "RALLYPOINT_TOKEN" in words
    assert "\n" not in words


async def test_a_token_that_is_reset_later_ends_it(start, fake, home):
    program = start()
    await program.until_connected()
    change_application(fake, token="MTIz.another.token")
    await fake.gateway.drop(4004)

    assert "does not accept the bot token" in await ended(program)


async def test_a_reset_token_is_noticed_by_the_first_request(start, fake, home):
    program = start()
    await program.until_connected()
    change_application(fake, token="MTIz.another.token")

    with pytest.raises(Unavailable):
        await program.port.close_channel(ChannelId(1), operation=OperationId("01"), reason="")
    assert "does not accept the bot token" in await ended(program)


async def test_a_gateway_that_refuses_the_token_once_is_asked_again(start, fake, home):
    program = start()
    await program.until_connected()
    await fake.gateway.drop(4004)

    await program.until_connected(times=2)


async def test_intents_that_are_not_switched_on_are_named(start, fake, home):
    change_application(fake, allowed_intents=0)
    intents = discord.Intents(guilds=True, members=True, message_content=True)

    words = await ended(start(intents=intents))

    assert "Server Members, Message Content" in words
    assert "https://discord.com/developers/applications" in words


@pytest.mark.parametrize("code", [4010, 4011, 4012, 4013])
async def test_what_only_a_person_can_mend_ends_it(start, fake, home, code):
    program = start()
    await program.until_connected()
    await fake.gateway.drop(code)

    assert f"close code {code}" in await ended(program)


async def test_a_failed_first_connection_is_tried_again(start, fake, home):
    fake.gateway.refuse(2)
    program = start()

    await program.until_connected()

    assert len(program.built) == 3


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Fault("GET", "/users/@me", status=503), id="503"),
        pytest.param(Fault("GET", "/users/@me", reset=True), id="reset"),
        pytest.param(Fault("GET", "/users/@me", status=200, html=True), id="nonsense"),
        pytest.param(Fault("GET", "/oauth2/applications/@me", reset=True), id="half logged in"),
    ],
)
async def test_a_failed_log_in_is_tried_again(start, fake, home, fault):
    fake.faults.add(replace(fault, times=3))
    program = start()

    await program.until_connected()

    assert len(program.built) > 1


async def test_the_pauses_grow_to_their_most(start, fake, home):
    fake.gateway.refuse(6)
    program = start(pauses=replace(FAST, first=0.01, most=0.04))
    loop = asyncio.get_running_loop()
    began = loop.time()

    await program.until_connected()

    assert loop.time() - began >= 0.01 + 0.02 + 4 * 0.04


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        pytest.param("CHANNEL_CREATE", {"type": 4, "id": "1"}, id="category without position"),
        pytest.param("GUILD_CREATE", {"id": "77"}, id="empty guild"),
        pytest.param("VOICE_STATE_UPDATE", {}, id="empty voice state"),
        pytest.param("INTERACTION_CREATE", {"type": 2}, id="half an interaction"),
        pytest.param("SOMETHING_NEW", {"a": 1}, id="unknown event"),
    ],
)
async def test_a_malformed_event_costs_only_itself(
    start, fake, home, alice, cogs, heard, event, payload
):
    program = start(cogs=cogs)
    await program.until_connected()
    fake.gateway.send(event, {"guild_id": home.id, **payload})
    await alice.joins("Lobby")

    assert await hears_of(alice, heard) == home.channel("Lobby").id
    assert fake.gateway.identifies == 1
    assert len(program.built) == 1


@pytest.mark.parametrize(
    "cut",
    [
        pytest.param(lambda gateway: gateway.drop(1001), id="going away"),
        pytest.param(lambda gateway: gateway.drop(1000), id="closed without a reason"),
        pytest.param(lambda gateway: gateway.drop(4000), id="unknown error"),
        pytest.param(lambda gateway: gateway.abort(), id="cut"),
        pytest.param(lambda gateway: gateway.reconnect(), id="op 7"),
        pytest.param(lambda gateway: gateway.invalidate(resumable=True), id="op 9 true"),
    ],
)
async def test_a_session_is_resumed_and_nothing_is_missed(
    start, fake, home, alice, cogs, heard, cut
):
    program = start(cogs=cogs)
    await program.until_connected()
    await cut(fake.gateway)
    await alice.joins("Lobby")
    await program.until_connected(times=2)

    assert await hears_of(alice, heard) == home.channel("Lobby").id
    assert program.changes == [True, False, True]
    assert (fake.gateway.identifies, fake.gateway.resumes) == (1, 1)
    assert len(program.built) == 1


async def test_an_invalid_session_begins_anew(start, fake, home):
    program = start()
    await program.until_connected()
    await fake.gateway.invalidate()
    await program.until_connected(times=2)

    assert fake.gateway.identifies == 2
    assert len(program.built) == 1
    assert program.port.bot_permissions(int(home.id)) is not None


async def test_a_client_that_stays_away_is_replaced(start, fake, home):
    program = start(pauses=replace(FAST, lost=0.5))
    await program.until_connected()
    first = program.line.client
    fake.gateway.refuse(1_000_000)
    await fake.gateway.abort()
    await fake.until(lambda: program.built[-1] is not first)
    fake.gateway.refuse(0)
    await program.until_connected(times=program.changes.count(True) + 1)

    assert program.line.client is not first
    assert first.is_closed()


async def test_a_guild_in_an_outage_is_not_waited_for_for_ever(start, fake, home):
    away = fake.guild("Away")
    await fake.outage(away, True)
    program = start(pauses=replace(FAST, guilds=0.05))

    await program.until_connected()

    assert program.port.bot_permissions(int(away.id)) is None
    assert program.port.bot_permissions(int(home.id)) is not None


async def test_identifies_are_counted(start, fake, home):
    program = start()
    await program.until_connected()
    await fake.gateway.invalidate()
    await program.until_connected(times=2)

    assert program.line.identifies.used == 2


async def test_near_the_end_of_the_identifies_of_a_day_new_ones_wait(start, home):
    program = start()
    program.line.identifies = Budget(10, timedelta(seconds=0.2))
    for _ in range(9):
        program.line.identifies.count()
    loop = asyncio.get_running_loop()
    began = loop.time()
    await program.until_connected()

    assert loop.time() - began > 0.15


def test_the_defaults_go_from_one_second_to_a_minute():
    assert (Pauses().first, Pauses().most) == (1.0, 60.0)
