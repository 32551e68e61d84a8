from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from rallypoint.kernel import jobs
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import ChannelId, GuildId, RoleId, UserId
from rallypoint.kernel.people import KNOWN, Permission
from rallypoint.kernel.ports import Overwrite
from rallypoint.ui.discord.actors import actor_of
from rallypoint.ui.discord.cards import view_of

from . import rules, service, texts

Interaction = discord.Interaction[Any]
Place = discord.CategoryChannel | discord.TextChannel | discord.VoiceChannel


class Doctor(commands.Cog):
    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.raw = {"READY": self.ready}
        self._at_home: set[int] = set()
        self._shards: set[tuple[int, int]] = set()

    def ready(self, payload: dict[str, Any]) -> None:
        """Of one shard. What its first log-in lists it was in before; what a later one has more, was joined while the
        connection was down."""
        shard, shards = payload.get("shard") or (0, 1)
        listed = {int(guild["id"]) for guild in payload["guilds"]}
        if (shard, shards) not in self._shards:
            self._shards.add((shard, shards))
            self._at_home |= listed
        else:
            self._at_home -= {each for each in self._at_home - listed if is_of(shard, shards, each)}

    @app_commands.command(description="See what keeps me from my work here, and what mends it.")
    @app_commands.describe(channel="A channel or category to look into, beside those for rooms")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.guild_only()
    async def doctor(self, interaction: Interaction, channel: Place | None = None) -> None:
        actor = actor_of(interaction)
        actor.check_may(Permission.MANAGE_GUILD)
        guild = interaction.guild
        # `me` is None where the cache has not heard of us yet, whatever its type says.
        me: discord.Member | None = guild.me if guild else None
        if guild is None or me is None:
            raise Refused("checkup_unknown")
        base = Permission(me.guild_permissions.value) & KNOWN
        missing = self.parts.needed & ~base
        if Permission.ADMINISTRATOR in base:
            missing = Permission.NONE
        named = ChannelId(channel.id) if channel else None
        async with self.parts.sessions() as session:
            looked = await service.places(session, actor.guild_id, named)
        card = texts.report(
            missing,
            [(each, self._lacks(guild, me, base, each)) for each in looked],
            link=self.parts.invite(UserId(me.id)),
            bot_id=me.id,
        )
        await interaction.response.send_message(view=view_of(card), ephemeral=True)

    def _lacks(
        self, guild: discord.Guild, me: discord.Member, base: Permission, channel_id: ChannelId
    ) -> Sequence[rules.Lack] | None:
        channel = guild.get_channel(channel_id)
        if channel is None:
            return None
        roles = {RoleId(role.id) for role in me.roles}
        bot = rules.Bot(UserId(me.id), GuildId(guild.id), roles, base)
        return rules.lacks(
            bot, [_overwrite(each) for each in channel._overwrites], self.parts.needed
        )

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        await self._greet(guild)

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        # So discord.py calls also what is joined within two seconds of a log-in.
        if guild.id not in self._at_home:
            await self._greet(guild)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        self._at_home.discard(guild.id)

    async def _greet(self, guild: discord.Guild) -> None:
        self._at_home.add(guild.id)
        now = self.parts.clock.now()
        to = await self._inviter(guild) or guild.owner_id
        async with self.parts.sessions.begin() as session:
            await jobs.schedule(
                session,
                "checkups.welcome",
                due=now,
                key=f"checkups.welcome:{guild.id}",
                name=guild.name,
                to=to,
                channel=guild.system_channel.id if guild.system_channel else None,
            )

    async def _inviter(self, guild: discord.Guild) -> int | None:
        if not guild.me.guild_permissions.view_audit_log:
            return None
        try:
            async for entry in guild.audit_logs(limit=5, action=discord.AuditLogAction.bot_add):
                if getattr(entry.target, "id", None) == guild.me.id:
                    return entry.user_id
        except (discord.HTTPException, discord.RateLimited):
            return None
        return None


def is_of(shard: int, shards: int, guild_id: int) -> bool:
    # https://docs.discord.com/developers/events/gateway#sharding
    return (guild_id >> 22) % shards == shard


def _overwrite(given: Any) -> Overwrite:
    allow, deny = Permission(given.allow) & KNOWN, Permission(given.deny) & KNOWN
    return Overwrite(given.id, "role" if given.is_role() else "member", allow=allow, deny=deny)
