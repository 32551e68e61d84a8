"""An unmodified discord.py speaks, is moved, loses its voice server and comes back."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, nullcontext

import discord
import pytest
from discord.backoff import ExponentialBackoff

from fakecord import Fakecord
from tests.fakecord import bots

# It leaves the socket of before to the garbage collector whenever it moves.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket.socket:ResourceWarning")
SILENCE = b"\xf8\xff\xfe"


@pytest.fixture
async def fake():
    async with Fakecord(tls=True) as fake:
        yield fake


@pytest.fixture
def lobby(guild):
    return guild.channel("Lobby")


@pytest.fixture
def den(guild, alice):
    return guild.add_channel("Den", "voice")


@pytest.fixture
async def client(fake, guild, alice, den, monkeypatch):
    monkeypatch.setattr(ExponentialBackoff, "delay", lambda backoff: 0)
    async with ready(fake) as client:
        yield client


@asynccontextmanager
async def ready(fake, *, secure=True):
    """Voice is always by TLS: in clear text, too, the client must know whom to trust."""
    with nullcontext() if secure else bots.in_clear(fake):
        client = bots.make(fake, secure=True) if secure else bots.in_clear_but_for_voice(fake)
        async with bots.connected(fake, client):
            yield client


def room(client, handle):
    return client.get_channel(int(handle.id))


class Frames(discord.AudioSource):
    """So many frames of silence."""

    def __init__(self, count):
        self.left = count

    def is_opus(self):
        return True

    def read(self):
        self.left -= 1
        return SILENCE if self.left >= 0 else b""


async def plays(voice, frames):
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    voice.play(Frames(frames), after=lambda error: loop.call_soon_threadsafe(over.set))
    await asyncio.wait_for(over.wait(), 5)


@pytest.mark.parametrize("secure", [True, False], ids=["TLS", "clear"])
async def test_what_it_plays_arrives_here(fake, guild, lobby, den, secure):
    async with ready(fake, secure=secure) as client:
        voice = await room(client, lobby).connect(timeout=10)
        await plays(voice, 3)
        await fake.until(lambda: fake.voice.sessions[0].packets >= 3)
        session = fake.voice.sessions[0]
        await voice.disconnect()
        await fake.until(lambda: not lobby.occupants)

    assert (session.mode, session.dave) == ("aead_xchacha20_poly1305_rtpsize", 1)
    assert fake.voice.sessions == []


async def test_it_moves_and_is_moved_and_still_is_heard(fake, client, lobby, den):
    voice = await room(client, lobby).connect(timeout=10)
    await voice.move_to(room(client, den), timeout=10)
    there = den.occupants
    await room(client, den).guild.me.move_to(room(client, lobby))
    await fake.until(lambda: fake.voice.connected and voice.is_connected())
    await fake.until(lambda: voice.channel.name == "Lobby")
    await plays(voice, 2)
    await fake.until(lambda: fake.voice.sessions[0].packets >= 2)

    assert there == ["bot"]
    assert fake.voice.sessions[0].call.channel_id == lobby.id
    await voice.disconnect()


async def test_it_comes_back_after_its_session_became_invalid(fake, client, lobby):
    voice = await room(client, lobby).connect(timeout=10)
    before = fake.voice.sessions[0]
    await fake.voice.close(4006)
    await fake.until(lambda: fake.voice.connected and voice.is_connected())

    assert fake.voice.sessions[0].call.token != before.call.token
    await voice.disconnect()


async def test_it_comes_back_after_its_line_was_cut(fake, client, lobby):
    voice = await room(client, lobby).connect(timeout=10)
    before = fake.voice.sessions[0]
    await fake.voice.abort()
    await fake.until(lambda: fake.voice.sessions and fake.voice.sessions[0] is not before)
    await fake.until(lambda: fake.voice.connected and voice.is_connected())

    assert lobby.occupants == ["bot"]
    await voice.disconnect()


@pytest.mark.parametrize("how", ["deleted", "disconnected"])
async def test_it_is_thrown_out(fake, client, guild, lobby, how):
    voice = await room(client, lobby).connect(timeout=10)
    if how == "deleted":
        await lobby.delete()
    else:
        await room(client, lobby).guild.me.move_to(None)
    await fake.until(lambda: not voice.is_connected() and not client.voice_clients)

    assert fake.voice.sessions == []


async def test_a_silent_server_leaves_a_move_unfinished(fake, client, lobby, den):
    """discord.py 2.7 goes on listening at its old address, until that is spoken to: up to 30 s."""
    fake.voice.silent = True
    voice = await room(client, lobby).connect(timeout=10)
    before = fake.voice.sessions[0].address
    await listens(fake, voice, before)
    move = asyncio.create_task(voice.move_to(room(client, den), timeout=None))
    await fake.until(lambda: answered_in(fake, den))
    unfinished = await is_unfinished(move)
    fake.voice.datagrams.send(b"x", before)
    await asyncio.wait_for(move, 10)

    assert unfinished
    assert voice.is_connected()
    await voice.disconnect()


async def test_a_lost_discovery_is_not_tried_again(fake, client, lobby):
    fake.voice.lost_discoveries = 1
    connect = asyncio.create_task(room(client, lobby).connect(timeout=30))
    await fake.until(lambda: fake.voice.lost_discoveries == 0)
    unfinished = await is_unfinished(connect)
    connect.cancel()
    await asyncio.gather(connect, return_exceptions=True)

    assert unfinished
    assert not fake.voice.connected


async def listens(fake, voice, address):
    """Whether it still does after it has learned its own address is a race of discord.py's thread."""
    heard = asyncio.Event()
    hear = asyncio.get_running_loop().call_soon_threadsafe
    voice._connection.add_socket_listener(lambda _: hear(heard.set))
    fake.voice.datagrams.send(b"x", address)
    await asyncio.wait_for(heard.wait(), 10)


def answered_in(fake, channel):
    """Whether IP discovery was answered to a client of that channel."""
    calls = [each for each in fake.voice.sessions if each.call.channel_id == channel.id]
    return calls and calls[0].address is not None


async def is_unfinished(task):
    """After three tenths of a second; what goes well takes one hundredth."""
    done, _ = await asyncio.wait({task}, timeout=0.3)
    return not done


class Presence(discord.VoiceProtocol):
    """A seat and no sound: it needs neither PyNaCl nor davey."""

    channel: discord.VoiceChannel

    async def connect(self, *, timeout, reconnect, self_deaf=False, self_mute=False):
        await self.channel.guild.change_voice_state(channel=self.channel, self_deaf=self_deaf)

    async def disconnect(self, *, force):
        await self.channel.guild.change_voice_state(channel=None)
        self.cleanup()


async def test_a_seat_needs_no_sound(guild, alice):
    async with Fakecord() as fake:
        lobby = fake.guild("Demo").channel("Lobby")
        with bots.in_clear(fake):
            client = bots.make(fake, secure=False)
            async with bots.connected(fake, client):
                seat = await room(client, lobby).connect(cls=Presence)
                await fake.until(lambda: lobby.occupants == ["bot"])
                await seat.disconnect(force=True)
                await fake.until(lambda: not lobby.occupants)
