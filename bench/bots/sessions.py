"""`python -m bench.bots.sessions URL TOKEN`: the least a bot can do. It makes a channel, sits down there, and deletes
it the moment its member has left: no database, no deadline, no queue."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

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
        self.tree.add_command(session)

    async def on_ready(self) -> None:
        await self.tree.sync()
        print(json.dumps({"ready": True}), flush=True)

    async def on_voice_state_update(
        self, member: discord.Member, before: discord.VoiceState, after: discord.VoiceState
    ) -> None:
        if member.bot or before.channel is None or after.channel is not None:
            return
        if member.guild.voice_client is not None:
            await member.guild.voice_client.disconnect(force=True)
        await before.channel.delete()


class Seat(discord.VoiceProtocol):
    channel: discord.VoiceChannel

    async def connect(
        self, *, timeout: float, reconnect: bool, self_deaf: bool = False, self_mute: bool = False
    ) -> None:
        await self.channel.guild.change_voice_state(channel=self.channel, self_deaf=True)

    async def disconnect(self, *, force: bool) -> None:
        await self.channel.guild.change_voice_state(channel=None)
        self.cleanup()

    async def on_voice_state_update(self, data: Any) -> None:
        return

    async def on_voice_server_update(self, data: Any) -> None:
        return


session = app_commands.Group(name="session", description="Sessions")


@session.command(description="A session")
async def start(interaction: discord.Interaction) -> None:
    await interaction.response.defer(ephemeral=True)
    assert interaction.guild is not None
    assert isinstance(interaction.user, discord.Member)
    name = f"Voice-{interaction.user.display_name}"
    hidden = discord.PermissionOverwrite(view_channel=False, connect=False)
    shown = discord.PermissionOverwrite(view_channel=True, connect=True, speak=True)
    channel = await interaction.guild.create_voice_channel(
        name,
        overwrites={
            interaction.guild.default_role: hidden,
            interaction.user: shown,
            interaction.guild.me: shown,
        },
    )
    await channel.connect(cls=Seat)
    await interaction.followup.send("done", ephemeral=True)


if __name__ == "__main__":
    target.point_at(sys.argv[1])
    asyncio.run(Bare().start(sys.argv[2]))
