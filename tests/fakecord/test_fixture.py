"""fakecord.pytest and fakecord.discord_py, for other people's tests."""

from __future__ import annotations

import discord
import pytest

from fakecord.discord_py import running

pytest_plugins = ["pytester"]
CONFTEST = 'pytest_plugins = ["fakecord.pytest"]'
ASKS = """
import aiohttp, pytest

@pytest.mark.asyncio
@pytest.mark.parametrize("path", ["gateway", "nonsense"])
async def test_asks(fakecord, path):
    async with aiohttp.ClientSession() as http:
        await http.get(f"{fakecord.api_url}/{path}")
"""


def test_a_test_fails_that_asked_for_what_is_not_there(pytester, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(ASKS)
    result = pytester.runpytest_subprocess("-q", "-p", "pytest_asyncio.plugin")

    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines("fakecord has no route GET /nonsense")


async def test_a_bot_that_cannot_log_in_says_why_at_once(fake, guild, alice):
    fake.allow_intents(0)
    everything = discord.Client(intents=discord.Intents.all())

    with pytest.raises(discord.PrivilegedIntentsRequired):
        async with running(everything, fake):
            raise AssertionError("it is ready")
    assert everything.is_closed()


async def test_discord_pys_addresses_are_as_before(fake, guild, alice):
    before = discord.http.Route.BASE
    async with running(discord.Client(intents=discord.Intents.none()), fake):
        within = discord.http.Route.BASE

    assert (before, within) == (discord.http.Route.BASE, fake.api_url)
