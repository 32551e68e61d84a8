"""`python -m bench.bots.rooms URL TOKEN`: the least a bot can do. It makes a channel when it is asked to, and deletes
it the moment somebody has left: no database, no deadline, nothing kept over a restart."""

from __future__ import annotations

import asyncio
import json
import sys

import discord
from discord import app_commands

from rallypoint.adapters.discord import target


class Bare(discord.Client):
    def __init__(self) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True, voice_states=True),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=0.1,
        )
        self.tree = app_commands.CommandTree(self)
        self.tree.add_command(room)

    async def on_ready(self) -> None:
        await self.tree.sync()
        print(json.dumps({"ready": True}), flush=True)

    async def on_voice_state_update(
        self, _: discord.Member, before: discord.VoiceState, after: discord.VoiceState
    ) -> None:
        if before.channel is not None and after.channel is None and not before.channel.members:
            await before.channel.delete()


room = app_commands.Group(name="room", description="Rooms")


@room.command(description="A room")
async def public(interaction: discord.Interaction, name: str) -> None:
    await interaction.response.defer(ephemeral=True)
    assert interaction.guild is not None
    await interaction.guild.create_voice_channel(name)
    await interaction.followup.send("done", ephemeral=True)


if __name__ == "__main__":
    target.point_at(sys.argv[1])
    asyncio.run(Bare().start(sys.argv[2]))
