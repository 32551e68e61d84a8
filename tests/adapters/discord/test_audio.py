"""Voice with sound: needs TLS, PyNaCl and davey, and goes as far as the hook."""

from __future__ import annotations

import asyncio
import ssl

import aiohttp
import pytest

from fakecord import Fakecord
from rallypoint.adapters.discord import audio, target
from rallypoint.adapters.discord.line import Line
from rallypoint.adapters.discord.port import Port
from rallypoint.adapters.discord.voice import Voice, voice_of
from rallypoint.kernel.errors import CannotStart
from rallypoint.kernel.ids import ChannelId, GuildId
from rallypoint.kernel.settings import FixedSettings

from .conftest import Program


@pytest.fixture
async def fake():
    async with Fakecord(port=0, tls=True) as fake:
        target.point_at(fake.url)
        yield fake
        target.point_at(None)


class Secure(Program):
    """Voice is always by TLS: the bot is told whom to trust."""

    def __init__(self, fake, hook):
        self.ca = fake.ca_file
        super().__init__(fake.token)
        self.port = Port(self.line, voice=Voice(self.line, sound=True, hook=hook))

    def _build(self):
        bot = super()._build()
        bot.http.connector = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=self.ca))
        return bot


class Hook:
    def __init__(self):
        self.clients, self.ended = [], 0

    async def __call__(self, voice):
        self.clients.append(voice)
        try:
            await asyncio.Event().wait()
        finally:
            self.ended += 1


@pytest.fixture
def hook():
    return Hook()


@pytest.fixture
def den(home, alice):
    return home.add_channel("Den", "voice")


@pytest.fixture
async def program(fake, home, den, hook):
    program = Secure(fake, hook)
    await program.until_connected()
    yield program
    await program.stop()


def places(home, den):
    return GuildId(int(home.id)), ChannelId(int(den.id))


async def test_the_hook_has_the_connected_client_until_the_bot_leaves(
    fake, program, home, den, hook
):
    place, there = places(home, den)
    await program.port.join_voice(place, there)
    await fake.until(lambda: hook.clients)
    [client] = hook.clients
    seen = client.is_connected(), den.occupants, program.port.voice_channel(place)
    await program.port.leave_voice(place)
    await fake.until(lambda: hook.ended)

    assert seen == (True, ["bot"], there)
    assert (den.occupants, program.port.voice_channel(place)) == ([], None)
    assert fake.voice.sessions == []


async def test_after_a_fresh_log_in_it_begins_anew_and_nothing_is_left_of_before(
    fake, program, home, den, hook
):
    place, there = places(home, den)
    await program.port.join_voice(place, there)
    await fake.gateway.invalidate()
    await program.until_connected(times=2)
    without = program.port.voice_channel(place)
    await fake.until(lambda: hook.ended)
    await program.port.join_voice(place, there)
    await fake.until(lambda: len(hook.clients) == 2)

    assert without is None
    assert (den.occupants, program.port.voice_channel(place)) == (["bot"], there)
    assert [each.is_connected() for each in hook.clients] == [False, True]


async def test_while_it_connects_anew_the_seat_counts_as_kept(fake, program, home, den, hook):
    """Its voice session is invalid: it leaves, comes back, and that is nobody's doing."""
    place, there = places(home, den)
    await program.port.join_voice(place, there)
    await fake.until(lambda: hook.clients)
    await program.hears("VOICE_STATE_UPDATE", fake.voice.close(4006))
    await asyncio.sleep(0)

    assert program.port.voice_channel(place) == there


async def test_it_notices_that_its_seat_was_taken_away(fake, program, home, den, hook):
    place, there = places(home, den)
    await program.port.join_voice(place, there)
    bot = program.built[-1].get_guild(place).me
    await program.hears("VOICE_STATE_UPDATE", bot.move_to(None))
    await fake.until(lambda: hook.ended)

    assert program.port.voice_channel(place) is None


@pytest.mark.parametrize(
    ("there", "words"),
    [((), "PyNaCl and davey"), (("nacl",), "but davey cannot"), (("davey",), "but PyNaCl cannot")],
)
def test_without_its_libraries_it_says_what_to_install(there, words):
    with pytest.raises(CannotStart, match="pip install 'rallypoint\\[audio\\]'") as refusal:
        audio.check_libraries(lambda name: name if name in there else None)

    assert words in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nowhere_at_all:hook", "No module named 'nowhere_at_all'"),
        ("json:nothing", "nothing"),
        ("json:__name__", "not a function"),
    ],
)
def test_a_hook_that_is_not_there_is_refused_at_the_start(name, words):
    settings = FixedSettings(sessions_voice="audio", sessions_audio_hook=name)
    with pytest.raises(CannotStart, match="RALLYPOINT_SESSIONS_AUDIO_HOOK") as refusal:
        voice_of(Line(), settings)

    assert words in str(refusal.value)


def test_a_hook_is_found_by_its_name():
    assert audio.load_hook("json:dumps").__name__ == "dumps"
