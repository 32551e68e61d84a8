"""A small discord.py bot with a little of everything a person can use: for the playground's test."""

from __future__ import annotations

import asyncio

import discord
from discord import app_commands

CITIES = ("Lima", "Lisbon", "London")


class Bot(discord.Client):
    """`/hello city`, `/ponder` which waits for `thought`, and `/party` with its controls."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents.default(), guild_ready_timeout=0.01)
        self.ready = asyncio.Event()
        self.thought = asyncio.Event()
        self.tree = app_commands.CommandTree(self)
        self.tree.add_command(hello)
        self.tree.add_command(ponder)
        self.tree.add_command(party)

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def on_ready(self) -> None:
        self.ready.set()


@app_commands.command(description="Greet a city")
async def hello(interaction: discord.Interaction[Bot], city: str) -> None:
    await interaction.response.send_message(f"Hello **{city}**, `all` of it")


@hello.autocomplete("city")
async def _cities(_: discord.Interaction[Bot], typed: str) -> list[app_commands.Choice[str]]:
    found = [each for each in CITIES if each.lower().startswith(typed.lower())]
    return [app_commands.Choice(name=each, value=each.upper()) for each in found]


@app_commands.command(description="Think first")
async def ponder(interaction: discord.Interaction[Bot]) -> None:
    await interaction.response.defer()
    await interaction.client.thought.wait()
    await interaction.followup.send("It is 42")


@app_commands.command(description="Invite everybody")
async def party(interaction: discord.Interaction[Bot]) -> None:
    embed = discord.Embed(title="Party", description=f"In <#{interaction.channel_id}>")
    await interaction.response.send_message(embed=embed, view=Party())


class Party(discord.ui.View):
    @discord.ui.button(label="Come along")
    async def come(
        self, interaction: discord.Interaction[Bot], _: discord.ui.Button[Party]
    ) -> None:
        await interaction.response.send_message("You are on the list", ephemeral=True)

    @discord.ui.button(label="Stay away")
    async def stay(
        self, interaction: discord.Interaction[Bot], _: discord.ui.Button[Party]
    ) -> None:
        await interaction.response.send_modal(Reason())

    @discord.ui.select(placeholder="Colour", options=[discord.SelectOption(label="Red")])
    async def colour(
        self, interaction: discord.Interaction[Bot], asked: discord.ui.Select[Party]
    ) -> None:
        await interaction.response.send_message(f"You picked {asked.values[0]}")


class Reason(discord.ui.Modal, title="What keeps you?"):
    reason: discord.ui.TextInput[Reason] = discord.ui.TextInput(label="Reason")

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"Noted: {self.reason}", ephemeral=True)
