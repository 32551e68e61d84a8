from __future__ import annotations

import discord
from discord.ext import commands

from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import ChannelId

from .service import following


class Channels(commands.Cog):
    """Whatever channel is deleted may have been a room."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        async with self.parts.sessions.begin() as session:
            await following.note_gone(session, ChannelId(channel.id), now=self.parts.clock.now())
