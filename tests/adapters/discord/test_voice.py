"""The bot takes its seat in voice and leaves it, without sound."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from fakecord import Permission as Bit
from rallypoint.adapters.discord import voice
from rallypoint.kernel.errors import Forbidden, NotFound, Unavailable
from rallypoint.kernel.ids import ChannelId, GuildId


@pytest.fixture
def place(home):
    return GuildId(int(home.id))


@pytest.fixture
def den(home, alice):
    return home.add_channel("Den", "voice")


@pytest.fixture
def attic(home, alice):
    return home.add_channel("Attic", "voice")


@pytest.fixture
async def port(den, attic, program):
    return program.port


def number(handle):
    return ChannelId(int(handle.id))


async def test_it_sits_down_and_leaves(fake, port, place, den):
    await port.join_voice(place, number(den))
    there, held = den.occupants, port.voice_channel(place)
    await port.leave_voice(place)

    assert (there, held) == (["bot"], number(den))
    assert (den.occupants, port.voice_channel(place)) == ([], None)


async def test_to_join_twice_asks_discord_once(fake, program, port, place, den):
    await port.join_voice(place, number(den))
    told: list[dict[str, Any]] = []
    program.built[-1].intake.add({"VOICE_STATE_UPDATE": told.append})
    await port.join_voice(place, number(den))
    await port.leave_voice(place)

    assert [each["channel_id"] for each in told] == [None]


async def test_it_goes_from_one_channel_to_another(port, place, den, attic):
    await port.join_voice(place, number(den))
    await port.join_voice(place, number(attic))

    assert (den.occupants, attic.occupants) == ([], ["bot"])
    assert port.voice_channel(place) == number(attic)


async def test_to_leave_nowhere_is_a_success(port, place):
    await port.leave_voice(place)
    await port.leave_voice(GuildId(1))

    assert port.voice_channel(place) is None


async def test_it_joins_a_channel_of_which_the_gateway_has_not_told_yet(fake, port, home, place):
    other = home.add_channel("Cellar", "voice")
    await port.join_voice(place, number(other))

    assert other.occupants == ["bot"]


async def test_a_channel_that_is_gone_is_named(port, place, monkeypatch):
    monkeypatch.setattr(voice, "CHANNEL_WITHIN", 0.01)
    with pytest.raises(NotFound) as refusal:
        await port.join_voice(place, ChannelId(4711))

    assert refusal.value.facts == {"channel": 4711}


async def test_what_the_bot_may_not_is_not_asked_of_discord(program, port, place, den):
    await program.hears("CHANNEL_UPDATE", den.overwrite("bot", deny=Bit.CONNECT))
    with pytest.raises(Forbidden) as refusal:
        await port.join_voice(place, number(den))

    assert refusal.value.facts["permission"] == "Connect"


async def test_discord_s_silence_ends(fake, port, place, den, monkeypatch):
    monkeypatch.setattr(voice, "JOIN_WITHIN", 0.05)
    fake.gateway.lose_next("VOICE_STATE_UPDATE")
    with pytest.raises(Unavailable):
        await port.join_voice(place, number(den))
    await fake.until(lambda: not den.occupants)

    assert port.voice_channel(place) is None


@pytest.mark.parametrize("how", ["disconnected", "deleted", "moved"])
async def test_it_notices_that_its_seat_was_taken_away(program, port, place, den, attic, how):
    await port.join_voice(place, number(den))
    bot = program.built[-1].get_guild(place).me
    cause = {
        "disconnected": lambda: bot.move_to(None),
        "deleted": den.delete,
        "moved": lambda: bot.move_to(program.built[-1].get_channel(number(attic))),
    }[how]
    await program.hears("VOICE_STATE_UPDATE", cause())
    await asyncio.sleep(0)

    assert port.voice_channel(place) == (number(attic) if how == "moved" else None)


async def test_it_keeps_its_seat_over_a_resumed_connection(fake, program, port, place, den):
    await port.join_voice(place, number(den))
    await fake.gateway.abort()
    await program.until_connected(times=2)

    assert fake.gateway.resumes == 1
    assert (den.occupants, port.voice_channel(place)) == (["bot"], number(den))


@pytest.mark.parametrize("how", ["fresh log-in", "new client"])
async def test_a_fresh_log_in_begins_without_a_seat_and_takes_it_again(
    fake, program, port, place, den, how
):
    await port.join_voice(place, number(den))
    if how == "new client":
        program.built[-1].give_up("the test wants it")
    else:
        await fake.gateway.invalidate()
    await program.until_connected(times=2)
    without = port.voice_channel(place)
    await port.join_voice(place, number(den))

    assert without is None
    assert (den.occupants, port.voice_channel(place)) == (["bot"], number(den))


async def test_without_a_connection_nobody_waits(start, home, place, den):
    program = start()
    with pytest.raises(Unavailable):
        await program.port.join_voice(place, number(den))
    await program.port.leave_voice(place)


async def test_joining_and_leaving_take_turns(port, place, den):
    joining = asyncio.create_task(port.join_voice(place, number(den)))
    await asyncio.sleep(0)
    await port.leave_voice(place)
    await joining

    assert (den.occupants, port.voice_channel(place)) == ([], None)
