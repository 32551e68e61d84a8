"""The names that rooms had elsewhere: `/voice-channel public` and `private` do what `/room` does, and `!vc` says so."""

from __future__ import annotations

import random

import discord
from discord import app_commands
from discord.ext import commands

from rallypoint.features.panels import texts
from rallypoint.features.panels.service import asking
from rallypoint.kernel.feature import Parts
from rallypoint.ui.discord.actors import actor_of

from .answers import Interaction, category_of, say
from .private import Private

PREFIX = "!"


@app_commands.guild_only()
class Aliases(
    commands.GroupCog, group_name="voice-channel", group_description="Old names of /room"
):
    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    @app_commands.command(description="The same as /room public.")
    @app_commands.describe(name="What the room is called; left out, I pick a name")
    async def public(
        self, interaction: Interaction, name: app_commands.Range[str, 1, 100] | None = None
    ) -> None:
        await open_public(self.parts, interaction, name)

    @app_commands.command(description="The same as /room private.")
    @app_commands.describe(opponent="The other team's role", team="Your team's role")
    async def private(
        self,
        interaction: Interaction,
        opponent: discord.Role | None = None,
        team: discord.Role | None = None,
    ) -> None:
        await Private(self.parts).begin(interaction, opponent, team)

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Without the intent for message contents there is nothing to read, and so nothing is said."""
        words = message.content.split(maxsplit=1)
        if not words or message.author.bot or message.guild is None:
            return
        new = texts.NEW_NAMES.get(words[0].removeprefix(PREFIX).lower())
        if new and words[0].startswith(PREFIX):
            await message.channel.send(texts.moved_to(new))


async def open_public(parts: Parts, interaction: Interaction, name: str | None) -> None:
    await interaction.response.defer(ephemeral=True)
    actor = actor_of(interaction)
    channel_id, empty_after = await asking.open_public(
        parts,
        actor=actor,
        name=name,
        home=category_of(interaction),
        reason=texts.reason_opened(actor.name),
        choose=random.choice,
    )
    await say(interaction, texts.room_opened(channel_id, empty_after=empty_after))
