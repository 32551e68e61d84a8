"""`python -m bench.bots.busy URL TOKEN`: what the bare bots for rooms and sessions do, in one, among many guilds: it
deletes the channels that it made when somebody has left."""

from __future__ import annotations

import asyncio
import json
import sys

import discord
from discord import app_commands

from rallypoint.adapters.discord import target

from .rooms import room
from .sessions import session

MADE = ("Room ", "Voice-")


class Bare(discord.Client):
    def __init__(self) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True, voice_states=True),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=0.1,
        )
        self.tree = app_commands.CommandTree(self)
        self.tree.add_command(room)
        self.tree.add_command(session)

    async def on_ready(self) -> None:
        await self.tree.sync()
        print(json.dumps({"ready": True}), flush=True)

    async def on_voice_state_update(
        self, member: discord.Member, before: discord.VoiceState, after: discord.VoiceState
    ) -> None:
        if member.bot or before.channel is None or not before.channel.name.startswith(MADE):
            return
        if before.channel.guild.voice_client is not None:
            await before.channel.guild.voice_client.disconnect(force=True)
        await before.channel.delete()


if __name__ == "__main__":
    target.point_at(sys.argv[1])
    asyncio.run(Bare().start(sys.argv[2]))
