from __future__ import annotations

import discord
from discord.ext import commands

from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import GuildId

from .service import incidents


class Rights(commands.Cog):
    """Whatever may change what the bot is allowed in a guild gives its incidents another try."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    @commands.Cog.listener()
    async def on_guild_role_create(self, role: discord.Role) -> None:
        await self._rearm(role.guild)

    @commands.Cog.listener()
    async def on_guild_role_update(self, _: discord.Role, role: discord.Role) -> None:
        await self._rearm(role.guild)

    @commands.Cog.listener()
    async def on_guild_channel_update(
        self, before: discord.abc.GuildChannel, after: discord.abc.GuildChannel
    ) -> None:
        if before.overwrites != after.overwrites or before.category_id != after.category_id:
            await self._rearm(after.guild)

    @commands.Cog.listener()
    async def on_member_update(self, before: discord.Member, after: discord.Member) -> None:
        if after.id == after.guild.me.id and before.roles != after.roles:
            await self._rearm(after.guild)

    async def _rearm(self, guild: discord.Guild) -> None:
        async with self.parts.sessions.begin() as session:
            await incidents.rearm(session, GuildId(guild.id), now=self.parts.clock.now())
