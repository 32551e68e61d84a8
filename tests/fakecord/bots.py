"""An unmodified discord.py in each of the ways it reaches a Discord: by clear text or TLS, with one
shard or two. Also run by zlib_bot, in a process that has no zstandard."""

from __future__ import annotations

import ssl
from contextlib import nullcontext
from typing import Any

import aiohttp
import discord
from discord import app_commands

from fakecord import Fakecord, GuildHandle, Member
from fakecord.discord_py import connected, in_clear, running

__all__ = ["connected", "in_clear", "running"]

AT_SHARD_0 = 1_800_000_000.0
"""A guild made at this time is on shard 0 of two, one made a millisecond later on shard 1."""


class Bot(discord.Client):
    """But for the five seconds it sleeps before it identifies again."""

    async def before_identify_hook(self, shard_id: Any, *, initial: bool = False) -> None:
        return


class ShardedBot(Bot, discord.AutoShardedClient):
    """How many shards, it leaves to Discord."""


def two_guilds(fake: Fakecord) -> list[tuple[GuildHandle, Member]]:
    """One for each of two shards, with the same Alice in both."""
    fake.clock.freeze(AT_SHARD_0)
    even = fake.guild("Even")
    fake.clock.advance(0.0015)
    odd = fake.guild("Odd")
    return [(guild, guild.member("alice", owner=True)) for guild in (even, odd)]


def make(fake: Fakecord, *, secure: bool, shards: int = 1) -> Bot:
    kind = Bot if shards == 1 else ShardedBot
    more: dict[str, Any] = {"connector": fake.connector()} if secure else {}
    return kind(intents=discord.Intents.default(), guild_ready_timeout=0.01, **more)


def in_clear_but_for_voice(fake: Fakecord) -> Bot:
    trusted = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=fake.ca_file))
    return Bot(intents=discord.Intents.default(), guild_ready_timeout=0.01, connector=trusted)


async def answers(fake: Fakecord, *, secure: bool, shards: int) -> str:
    """What Alice is answered in both guilds, and on which shards they are."""
    people = two_guilds(fake)
    fake.recommend_shards(shards)
    bot = make(fake, secure=secure, shards=shards)
    tree = app_commands.CommandTree(bot)

    @tree.command(description="x")
    async def ping(interaction: discord.Interaction) -> None:
        assert interaction.guild is not None
        await interaction.response.defer()
        await interaction.followup.send(f"{interaction.guild.name} {interaction.guild.shard_id}")

    with nullcontext() if secure else in_clear(fake):
        async with connected(fake, bot):
            await tree.sync()
            views = [await alice.runs("/ping") for _, alice in people]
            replies = [await view.answered() for view in views]
    return ", ".join(reply.content if reply else "nothing" for reply in replies)
