"""Telling Discord our commands."""

from __future__ import annotations

from dataclasses import replace

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from fakecord import Fault

PUT = ("PUT", "/applications/{application_id}/commands")


class Hello(commands.Cog):
    @app_commands.command(description="Say hello")
    async def hello(self, interaction: discord.Interaction):
        await interaction.response.send_message("Hello")


@pytest.fixture
def cogs():
    return lambda: [Hello()]


async def test_the_commands_are_there(start, fake, alice, cogs):
    program = start(cogs=cogs)
    await program.until_connected()
    await fake.until(lambda: alice.commands() == ["/hello"])

    assert (await (await alice.runs("/hello")).answered()).content == "Hello"
    assert program.line.synced


async def test_they_are_told_once_however_often_the_client_is_replaced(start, fake, alice, cogs):
    program = start(cogs=cogs)
    await program.until_connected()
    await fake.until(lambda: alice.commands() != [])
    await (await alice.runs("/hello")).answered()
    program.line.client.give_up("a test wants it")
    await program.until_connected(times=2)
    await (await alice.runs("/hello")).answered()

    assert len(fake.requests.matching(*PUT)) == 1


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Fault(*PUT, status=502), id="before"),
        pytest.param(Fault(*PUT, status=502, after=True), id="after"),
        pytest.param(Fault(*PUT, reset=True), id="cut"),
    ],
)
async def test_they_are_told_again_until_discord_answers(start, fake, alice, cogs, fault):
    fake.faults.add(replace(fault, times=3))
    program = start(cogs=cogs)
    await program.until_connected()
    await fake.until(
        lambda: (requests := fake.requests.matching(*PUT)) and requests[-1].status == 200
    )

    assert (await (await alice.runs("/hello")).answered()).content == "Hello"
    assert len(program.built) == 1


async def test_a_bot_whose_commands_are_refused_still_runs(start, fake, home, cogs):
    fake.faults.add(Fault(*PUT, status=400))
    program = start(cogs=cogs)
    await program.until_connected()
    await fake.until(lambda: [each.status for each in fake.requests.matching(*PUT)] == [400])
    await program.hears("GUILD_ROLE_CREATE", lambda: home.role("new", 0))

    assert not program.line.synced
    assert program.line.sync_error
    assert program.line.connected
