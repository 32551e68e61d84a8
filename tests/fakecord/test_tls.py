"""An unmodified discord.py finds discord.com here: by TLS and in clear text, whatever its compression
and however many its shards."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from fakecord import Fakecord
from fakecord.addresses import addresses, is_voice
from tests.fakecord import bots

ZLIB_BOT = Path(__file__).with_name("zlib_bot.py")
ANSWERED = {1: "Even 0, Odd 0", 2: "Even 0, Odd 1"}


@pytest.mark.parametrize("shards", [1, 2])
@pytest.mark.parametrize("secure", [False, True], ids=["clear", "TLS"])
async def test_discord_py_with_zstd_answers_in_every_guild(secure, shards):
    async with Fakecord(tls=secure) as fake:
        answers = await bots.answers(fake, secure=secure, shards=shards)

        assert answers == ANSWERED[shards]
        assert fake.unknown_routes == []


def test_discord_py_with_zlib_answers_in_every_guild():
    """In a process of its own: discord.py chooses its compression once, when it is imported."""
    done = subprocess.run(
        [sys.executable, str(ZLIB_BOT)],
        env=os.environ
        | {"PYTHONPATH": os.pathsep.join([str(Path.cwd()), *filter(None, sys.path)])},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )

    ways = [f"{way}: {n}: {ANSWERED[n]}" for way in ("clear", "TLS") for n in ANSWERED]
    assert done.stdout.splitlines() == ["zlib-stream", *ways], done.stderr


async def test_whoever_does_not_trust_our_authority_is_not_taken_in():
    async with Fakecord(tls=True) as fake, aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await http.get(f"https://127.0.0.1:{fake.tls_port}/api/v10/gateway")


async def test_a_name_that_is_not_discords_is_not_certified():
    async with (
        Fakecord(tls=True) as fake,
        aiohttp.ClientSession(connector=fake.connector()) as http,
    ):
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await http.get("https://example.com/")


@pytest.mark.parametrize(
    ("url", "gateway"),
    [
        pytest.param("https://discord.com", "wss://gateway.discord.gg", id="as Discord"),
        pytest.param("https://127.0.0.1:{tls}", "wss://127.0.0.1:{tls}", id="by TLS"),
        pytest.param("http://127.0.0.1:{clear}", "ws://127.0.0.1:{clear}", id="in clear text"),
    ],
)
async def test_each_client_is_led_back_the_way_it_came(url, gateway):
    async with Fakecord(tls=True) as fake:
        ports = {"tls": fake.tls_port, "clear": fake.url.rpartition(":")[2]}
        named = fake.connector() if "discord.com" in url else trusting(fake)
        async with (
            aiohttp.ClientSession(connector=named) as http,
            http.get(url.format(**ports) + "/api/v10/gateway") as response,
        ):
            told = await response.json()

    assert told == {"url": gateway.format(**ports)}


def trusting(fake):
    return aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=fake.ca_file))


@pytest.mark.parametrize(
    ("host", "secure", "voice"),
    [
        ("gateway.discord.gg", True, "fakecord.discord.media:443"),
        ("127.0.0.1:8200", False, "127.0.0.1:8443"),
        ("localhost:8200", False, "localhost:8443"),
        ("[::1]:8443", True, "[::1]:8443"),
    ],
)
def test_voice_is_always_by_tls_and_by_the_name_the_client_knows(host, secure, voice):
    assert addresses(host, secure=secure, tls_port=8443).voice == voice
    assert addresses("127.0.0.1:8200", secure=False, tls_port=None).voice is None


@pytest.mark.parametrize(
    ("host", "version", "expected"),
    [
        ("fakecord.discord.media", "8", True),
        ("127.0.0.1:8443", "8", True),
        ("127.0.0.1:8443", "10", False),
        ("gateway.discord.gg", None, False),
    ],
)
def test_a_socket_is_for_voice_by_its_name_or_version(host, version, expected):
    assert is_voice(host, version) is expected


async def test_without_tls_there_is_neither_port_nor_authority(fake):
    with pytest.raises(RuntimeError, match="tls=True"):
        _ = fake.tls_port
    with pytest.raises(RuntimeError, match="tls=True"):
        _ = fake.ca_file


async def test_the_authoritys_file_is_where_it_was_asked_for_and_else_goes(tmp_path):
    async with Fakecord(tls=True) as passing:
        temporary = passing.ca_file
        assert "BEGIN CERTIFICATE" in temporary.read_text()
    async with Fakecord(tls=True, ca_file=tmp_path / "ca.pem"):
        pass

    assert not temporary.exists()
    assert "BEGIN CERTIFICATE" in (tmp_path / "ca.pem").read_text()


async def test_a_start_that_fails_leaves_no_port_taken(fake):
    taken = int(fake.url.rpartition(":")[2])
    failing = Fakecord(tls=True, tls_port=taken)
    with pytest.raises(OSError, match="in use"):
        await failing.start()

    async with Fakecord(port=int(failing.url.rpartition(":")[2])) as again:
        assert again.url == failing.url
