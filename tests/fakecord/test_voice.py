"""The voice gateway as it is on the wire, and what the gateway tells of it."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct

import aiohttp
import pytest

from fakecord import Fakecord, Permission
from fakecord.intents import Intent
from tests.fakecord.clients import Socket

GUILDS = int(Intent.GUILDS)
XCHACHA = "aead_xchacha20_poly1305_rtpsize"


@pytest.fixture
async def fake():
    async with Fakecord(tls=True) as fake:
        yield fake


class Bot:
    """The bot's raw gateway connection, and its way to the voice server it is told of."""

    def __init__(self, fake, gateway, http):
        self.fake, self.gateway, self._http = fake, gateway, http
        self.server: dict[str, str] = {}
        self.session_id = ""

    async def asks_for(self, channel, **flags):
        given = {"guild_id": channel.entity.guild_id, "channel_id": channel.id}
        await self.gateway.send(4, given | flags)

    async def joins(self, channel):
        """Op 4, and both events of the gateway."""
        await self.asks_for(channel)
        self.session_id = (await self.gateway.event("VOICE_STATE_UPDATE"))["session_id"]
        self.server = await self.gateway.event("VOICE_SERVER_UPDATE")

    async def opens(self, version="8"):
        """A voice connection that was greeted."""
        trusted = ssl.create_default_context(cafile=self.fake.ca_file)
        url = f"wss://{self.server['endpoint']}/"
        opened = await self._http.ws_connect(url, params={"v": version}, ssl=trusted)
        voice = Socket(opened)
        await voice.next(8)
        return voice

    @property
    def identity(self):
        return {
            "server_id": self.server["guild_id"],
            "user_id": self.fake.application_id,
            "session_id": self.session_id,
            "token": self.server["token"],
            "max_dave_protocol_version": 1,
        }

    async def identifies(self, **changed):
        """A voice connection, and its READY."""
        voice = await self.opens()
        await voice.send(0, self.identity | changed)
        return voice, (await voice.next(2))["d"]

    async def connects(self):
        """All the way; what it was described."""
        voice, ready = await self.identifies()
        await voice.send(1, protocol())
        return voice, ready, (await voice.next(4))["d"]


def protocol(protocol="udp", mode=XCHACHA):
    return {"protocol": protocol, "data": {"address": "127.0.0.1", "port": 1, "mode": mode}}


@pytest.fixture
async def bot(fake, guild, alice, connect, http):
    gateway = await connect()
    await gateway.identify(fake.token, GUILDS)
    await gateway.settle()
    return Bot(fake, gateway, http)


@pytest.fixture
def lobby(guild):
    return guild.channel("Lobby")


async def test_a_seat_comes_with_a_voice_server(bot, guild, lobby, fake):
    await bot.joins(lobby)

    assert bot.server["guild_id"] == guild.id
    assert bot.server["endpoint"] == f"127.0.0.1:{fake.tls_port}"
    about_voice = [name for name in bot.gateway.events if name.startswith("VOICE_S")]
    assert about_voice == ["VOICE_STATE_UPDATE", "VOICE_SERVER_UPDATE"]


async def test_the_handshake_ends_with_a_key(bot, lobby, fake):
    await bot.joins(lobby)
    _, ready, described = await bot.connects()

    assert (ready["ip"], XCHACHA in ready["modes"]) == ("127.0.0.1", True)
    assert (described["mode"], described["dave_protocol_version"]) == (XCHACHA, 1)
    assert len(described["secret_key"]) == 32
    assert [each.ssrc for each in fake.voice.connected] == [ready["ssrc"]]


async def test_the_nonce_of_a_heartbeat_comes_back(bot, lobby):
    await bot.joins(lobby)
    now, before = await bot.opens("8"), await bot.opens("7")
    await now.send(3, {"t": 7, "seq_ack": -1})
    await before.send(3, 7)

    assert (await now.next(6))["d"] == {"t": 7}
    assert (await before.next(6))["d"] == 7


@pytest.mark.parametrize(
    ("op", "data", "code"),
    [
        pytest.param(99, None, 4001, id="unknown opcode"),
        pytest.param(0, None, 4002, id="no identity"),
        pytest.param(1, protocol(), 4003, id="before identify"),
        pytest.param(0, {"token": "wrong"}, 4004, id="token"),
        pytest.param(0, {"session_id": "wrong"}, 4006, id="session"),
        pytest.param(0, {"user_id": "1"}, 4006, id="user"),
        pytest.param(0, {"server_id": "1"}, 4011, id="server"),
        pytest.param(0, {"max_dave_protocol_version": 0}, 4017, id="no DAVE"),
        pytest.param(3, {"seq_ack": 1}, 4020, id="heartbeat without nonce"),
        pytest.param(7, {"token": "wrong"}, 4006, id="resume"),
    ],
)
async def test_what_is_wrong_is_closed_with_its_code(bot, lobby, op, data, code):
    await bot.joins(lobby)
    voice = await bot.opens()
    await voice.send(op, bot.identity | data if op == 0 and data else data)

    assert await voice.closed() == code


@pytest.mark.parametrize(
    ("op", "data", "code"),
    [
        pytest.param(0, {}, 4005, id="twice"),
        pytest.param(1, protocol(protocol="tcp"), 4012, id="protocol"),
        pytest.param(1, protocol(mode="xsalsa20_poly1305"), 4016, id="discontinued mode"),
        pytest.param(5, {}, 4020, id="speaking nothing"),
    ],
)
async def test_what_is_wrong_later_is_closed_with_its_code(bot, lobby, op, data, code):
    await bot.joins(lobby)
    voice, _ = await bot.identifies()
    await voice.send(op, data)

    assert await voice.closed() == code


async def test_without_dave_there_is_the_stage_and_a_flag(bot, guild, fake):
    stage = guild.add_channel("Stage", "stage")
    await bot.joins(stage)
    _, ready = await bot.identifies(max_dave_protocol_version=0)
    fake.voice.requires_dave = False
    await bot.joins(guild.channel("Lobby"))
    _, again = await bot.identifies(max_dave_protocol_version=0)

    assert ready["ssrc"] != again["ssrc"]
    assert [each.dave for each in fake.voice.sessions] == [0]


async def test_a_version_nobody_speaks_is_refused(bot, lobby):
    await bot.joins(lobby)
    bot.server["endpoint"] = bot.server["endpoint"].replace("127.0.0.1", "localhost")

    with pytest.raises(aiohttp.WSServerHandshakeError):
        await bot._http.ws_connect(
            f"wss://{bot.server['endpoint']}/?v=3",
            headers={"Host": "x.discord.media"},
            ssl=ssl.create_default_context(cafile=bot.fake.ca_file),
        )


async def test_speaking_is_noted(bot, lobby, fake):
    await bot.joins(lobby)
    voice, ready, _ = await bot.connects()
    await voice.send(5, {"speaking": 5, "delay": 0, "ssrc": ready["ssrc"]})
    await voice.send(3, {"t": 1})
    await voice.next(6)

    assert fake.voice.sessions[0].speaking == 5


async def test_who_comes_and_who_goes_is_told(bot, lobby, alice, guild):
    bob = guild.member("bob")
    await bob.joins("Lobby")
    await bot.joins(lobby)
    voice, _ = await bot.identifies()
    there = (await voice.next(11))["d"]
    await alice.joins("Lobby")
    came = (await voice.next(11))["d"]
    await bob.leaves()
    went = (await voice.next(13))["d"]

    assert there == {"user_ids": [bob.id]}
    assert came == {"user_ids": [alice.id]}
    assert went == {"user_id": bob.id}


async def test_a_crash_is_resumed_with_what_was_missed(bot, lobby, alice, guild, fake):
    await bot.joins(lobby)
    first, _, _ = await bot.connects()
    await fake.voice.close(4015)
    assert await first.closed() == 4015
    await alice.joins("Lobby")
    second = await bot.opens()
    await second.send(7, bot.identity | {"seq_ack": first.heard[-1]["seq"]})
    await second.next(9)
    missed = await second.receive()

    assert missed == {"op": 11, "d": {"user_ids": [alice.id]}, "seq": 1}
    assert len(fake.voice.connected) == 1


async def test_a_cut_connection_is_resumed_and_one_that_said_goodbye_is_not(bot, lobby, fake):
    await bot.joins(lobby)
    first, _, _ = await bot.connects()
    await first.close(4000)
    second = await bot.opens()
    await second.send(7, bot.identity | {"seq_ack": 0})
    await second.next(9)
    await second.close(1000)
    await fake.until(lambda: not fake.voice.sessions)
    third = await bot.opens()
    await third.send(7, bot.identity | {"seq_ack": 0})

    assert await third.closed() == 4006


async def test_a_sequence_from_the_future_cannot_be_resumed(bot, lobby, fake):
    await bot.joins(lobby)
    first, _, _ = await bot.connects()
    await first.close(4000)
    second = await bot.opens()
    await second.send(7, bot.identity | {"seq_ack": 99})

    assert await second.closed() == 4006


async def test_after_4006_the_token_still_opens_a_new_session(bot, lobby, fake):
    await bot.joins(lobby)
    first, _, _ = await bot.connects()
    await fake.voice.close(4006)
    assert await first.closed() == 4006
    _, again = await bot.identifies()

    assert again["ssrc"] == fake.voice.sessions[0].ssrc


@pytest.mark.parametrize("by", ["itself", "a member", "an owner", "the channel's end"])
async def test_a_call_ends_with_its_code(bot, lobby, guild, alice, api, by):
    await bot.joins(lobby)
    voice, _, _ = await bot.connects()
    match by:
        case "itself":
            await bot.gateway.send(4, {"guild_id": guild.id, "channel_id": None})
        case "a member":
            await api(
                "PATCH",
                f"/guilds/{guild.id}/members/{bot.fake.application_id}",
                {"channel_id": None},
            )
        case "an owner":
            await guild.removes_bot()
        case _:
            await lobby.delete()

    assert await voice.closed() == (4022 if by == "the channel's end" else 4014)


@pytest.mark.parametrize("by", ["itself", "somebody"])
async def test_a_move_closes_with_4014_and_gives_another_token(bot, lobby, guild, api, by):
    den = guild.add_channel("Den", "voice")
    await bot.joins(lobby)
    voice, _, _ = await bot.connects()
    before = bot.server
    if by == "itself":
        await bot.asks_for(den)
    else:
        path = f"/guilds/{guild.id}/members/{bot.fake.application_id}"
        await api("PATCH", path, {"channel_id": den.id})
    bot.server = await bot.gateway.event("VOICE_SERVER_UPDATE")

    assert await voice.closed() == 4014
    assert bot.server["token"] != before["token"]
    assert (await bot.connects())[2]["mode"] == XCHACHA


@pytest.mark.parametrize(
    "wish",
    [
        {"channel_id": None},
        {"guild_id": "1"},
        {"guild_id": "1", "channel_id": None, "self_stream": True},
    ],
    ids=["no guild", "no channel", "a field nobody knows"],
)
async def test_a_wish_that_cannot_be_read_is_closed_with_4002(bot, wish):
    await bot.gateway.send(4, wish)

    assert await bot.gateway.closed() == 4002


async def test_in_the_same_seat_the_voice_server_stays(bot, lobby):
    await bot.joins(lobby)
    voice, _, _ = await bot.connects()
    await bot.asks_for(lobby, self_mute=True)
    await bot.gateway.settle()
    await voice.send(3, {"t": 1})

    assert (await voice.next(6))["d"] == {"t": 1}
    assert bot.gateway.events.count("VOICE_SERVER_UPDATE") == 1
    assert bot.gateway.events.count("VOICE_STATE_UPDATE") == 2


async def test_a_full_channel_is_silent_unless_the_bot_may_move_members(bot, guild, alice):
    guild.bot_may(Permission.VIEW_CHANNEL, Permission.CONNECT)
    full = guild.add_channel("Full", "voice", user_limit=1)
    await alice.joins("Full")
    await bot.asks_for(full)
    await bot.gateway.settle()
    refused = full.occupants
    guild.bot_may(Permission.VIEW_CHANNEL, Permission.CONNECT, Permission.MOVE_MEMBERS)
    await bot.joins(full)

    assert refused == ["alice"]
    assert full.occupants == ["alice", "bot"]


async def test_in_the_last_seat_the_bot_may_still_mute_itself(bot, guild):
    guild.bot_may(Permission.VIEW_CHANNEL, Permission.CONNECT)
    full = guild.add_channel("Full", "voice", user_limit=1)
    await bot.joins(full)
    await bot.asks_for(full, self_mute=True)

    assert (await bot.gateway.event("VOICE_STATE_UPDATE"))["self_mute"] is True


async def test_without_tls_there_is_no_voice_server(http):
    """A null endpoint is documented: allocated, and gone away."""
    async with Fakecord() as fake:
        guild = fake.guild("Demo")
        gateway = Socket(await http.ws_connect(fake.gateway_url + "/"))
        await gateway.identify(fake.token, GUILDS)
        lobby = guild.channel("Lobby")
        await gateway.send(4, {"guild_id": guild.id, "channel_id": lobby.id})
        server = await gateway.event("VOICE_SERVER_UPDATE")
        await gateway.close()

    assert server["endpoint"] is None


@pytest.mark.parametrize("how", ["goodbye", "invalid"])
async def test_with_its_session_of_the_gateway_the_seat_is_gone(bot, lobby, fake, how):
    await bot.joins(lobby)
    voice, _, _ = await bot.connects()
    if how == "invalid":
        await fake.gateway.invalidate(resumable=False)
    await bot.gateway.close(1000 if how == "goodbye" else 4000)

    assert await voice.closed() == 4014
    assert lobby.occupants == []


async def test_a_session_that_may_be_resumed_keeps_its_seat(bot, lobby, fake):
    await bot.joins(lobby)
    await bot.gateway.close(4000)
    await fake.until(lambda: not fake.gateway.connected)

    assert lobby.occupants == ["bot"]


async def test_a_restored_world_knows_of_no_call(bot, lobby, fake):
    await bot.joins(lobby)
    voice, _, _ = await bot.connects()
    fake.restore(fake.export())

    assert await voice.closed() == 4014


class Line:
    """A client's end of the datagrams; only what has arrived already is read without waiting."""

    def __init__(self, udp, ready):
        self._udp, self.ssrc = udp, ready["ssrc"]
        udp.setblocking(False)
        udp.connect((ready["ip"], ready["port"]))
        self.address = udp.getsockname()

    def asks(self):
        self._udp.send(struct.pack(">HHI64sH", 1, 70, self.ssrc, b"", 0))

    def says(self, sequence=0, ssrc=None):
        header = struct.pack(">BBHII", 0x80, 0x78, sequence, 960, ssrc or self.ssrc)
        self._udp.send(header + b"opus")

    async def hears(self):
        loop = asyncio.get_running_loop()
        return await asyncio.wait_for(loop.sock_recv(self._udp, 2048), 5)

    def is_quiet(self):
        try:
            self._udp.recv(2048)
        except BlockingIOError:
            return True
        return False


@pytest.fixture
def line():
    """`line(ready)`: datagrams to and from the server that READY names."""
    opened = []

    def open_one(ready):
        opened.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        return Line(opened[-1], ready)

    yield open_one
    for each in opened:
        each.close()


async def test_ip_discovery_tells_a_client_its_address(bot, lobby, line):
    await bot.joins(lobby)
    _, ready = await bot.identifies()
    own = line(ready)
    own.asks()
    kind, length, ssrc, host, port = struct.unpack(">HHI64sH", await own.hears())

    assert (kind, length, ssrc) == (2, 70, ready["ssrc"])
    assert (host.rstrip(b"\0").decode(), port) == own.address


async def test_sound_is_counted_for_whom_it_comes_from(bot, lobby, line, fake):
    await bot.joins(lobby)
    _, ready, _ = await bot.connects()
    own = line(ready)
    for sequence in range(3):
        own.says(sequence)
    own.says(ssrc=99)
    await fake.until(lambda: fake.voice.strays)

    assert fake.voice.sessions[0].packets == 3
    assert fake.voice.strays == 1


async def test_a_discovery_can_be_lost(bot, lobby, line, fake):
    fake.voice.lost_discoveries = 1
    await bot.joins(lobby)
    _, ready = await bot.identifies()
    own = line(ready)
    own.asks()
    own.asks()
    await own.hears()

    assert own.is_quiet()
    assert fake.voice.lost_discoveries == 0


@pytest.mark.parametrize("silent", [False, True])
async def test_a_client_is_spoken_to_when_it_is_connected_and_where_it_was_before(
    bot, lobby, guild, fake, line, silent
):
    fake.voice.silent = silent
    await bot.joins(lobby)
    voice, ready = await bot.identifies()
    own = line(ready)
    own.asks()
    await own.hears()
    await voice.send(1, protocol())
    await voice.next(4)
    connected = own.is_quiet()
    await bot.joins(guild.add_channel("Den", "voice"))
    await bot.connects()

    assert (connected, own.is_quiet()) == (silent, silent)
