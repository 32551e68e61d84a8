"""The `Discord` port, by REST through whichever client is on the line."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import discord

from rallypoint.kernel.errors import OutcomeUnknown, Unavailable
from rallypoint.kernel.ids import ChannelId, GuildId, OperationId, RoleId, UserId
from rallypoint.kernel.people import KNOWN, Permission
from rallypoint.kernel.ports import GuildLook, SeenChannel, Standing, VoiceChannelPlan

from . import answers, created, looks, standings
from .channels import KINDS, Channels
from .chat import Chat
from .line import Line
from .operations import mark
from .ownership import owners
from .replies import Replies
from .voice import Voice


class Port(Channels, Chat, Replies):
    """Implements `kernel.ports.Discord`."""

    def __init__(
        self,
        line: Line,
        *,
        allowed_guilds: Collection[GuildId] = (),
        voice: Voice | None = None,
    ) -> None:
        super().__init__(line)
        self._allowed = frozenset(allowed_guilds)
        self._voice = voice or Voice(line)

    @property
    def connected(self) -> bool:
        return self._line.connected

    @property
    def bot_id(self) -> UserId | None:
        return self._line.bot_id

    def bot_permissions(
        self, guild_id: GuildId, channel_id: ChannelId | None = None
    ) -> Permission | None:
        client = self._line.client
        guild = client.get_guild(guild_id) if client else None
        # `me` is None where the cache has not heard of us yet, whatever its type says.
        me: discord.Member | None = guild.me if guild else None
        if guild is None or guild.unavailable or me is None:
            return None
        if channel_id is None:
            return Permission(me.guild_permissions.value) & KNOWN
        channel = guild.get_channel(channel_id)
        return Permission(channel.permissions_for(me).value) & KNOWN if channel else None

    def member_permissions(
        self,
        guild_id: GuildId,
        channel_id: ChannelId,
        user_id: UserId,
        roles: Collection[RoleId],
    ) -> Permission | None:
        client = self._line.client
        guild = client.get_guild(guild_id) if client else None
        if guild is None or guild.unavailable:
            return None
        return standings.permissions_in(guild, channel_id, user_id, roles)

    def guild_ids(self) -> frozenset[GuildId]:
        client = self._line.client
        here = {GuildId(guild.id) for guild in client.guilds} if client else set[GuildId]()
        return frozenset(here & self._allowed if self._allowed else here)

    def look(self, guild_id: GuildId) -> GuildLook | None:
        guild = self._available(guild_id)
        return looks.look(guild) if guild else None

    def member_names(self, guild_id: GuildId, user_ids: Collection[UserId]) -> dict[UserId, str]:
        return self._line.names.of(guild_id, user_ids)

    def _available(self, guild_id: GuildId) -> discord.Guild | None:
        client = self._line.client
        guild = client.get_guild(guild_id) if client else None
        return None if guild is None or guild.unavailable else guild

    def category_of(self, guild_id: GuildId, channel_id: ChannelId) -> ChannelId | None:
        client = self._line.client
        guild = client.get_guild(guild_id) if client else None
        channel = guild.get_channel(channel_id) if guild else None
        category_id = getattr(channel, "category_id", None)
        return ChannelId(category_id) if category_id else None

    def channel(self, channel_id: ChannelId) -> SeenChannel | None:
        client = self._line.client
        channel = client.get_channel(channel_id) if client else None
        if not isinstance(channel, discord.abc.GuildChannel) or channel.guild.unavailable:
            return None
        is_voice = isinstance(channel, discord.VoiceChannel | discord.StageChannel)
        return SeenChannel(GuildId(channel.guild.id), channel.name, is_voice)

    def most_bitrate(self, guild_id: GuildId) -> int | None:
        client = self._line.client
        guild = client.get_guild(guild_id) if client else None
        return int(guild.bitrate_limit) if guild else None

    @property
    def application_owners(self) -> frozenset[UserId]:
        return self._line.application_owners

    async def ask_application_owners(self) -> None:
        client = self._line.client
        if client is None:
            raise Unavailable("There is no connection to Discord")
        async with answers.asking():
            self._line.application_owners = owners(await client.application_info())

    async def standing(self, guild_id: GuildId, user_id: UserId) -> Standing | None:
        client = self._line.client
        if client is None or not self._line.connected:
            raise Unavailable("There is no connection to Discord")
        if self._allowed and guild_id not in self._allowed:
            return None
        guild = client.get_guild(guild_id)
        if guild is None:
            return None
        if guild.unavailable:
            raise Unavailable("This server is in an outage at Discord")
        found = await standings.standing(guild, user_id)
        if found is not None:
            self._line.names.note(guild_id, user_id, found.name)
        return found

    async def open_voice_channel(
        self, guild_id: GuildId, plan: VoiceChannelPlan, *, operation: OperationId, reason: str
    ) -> ChannelId:
        bitrate = {} if plan.bitrate is None else {"bitrate": plan.bitrate}
        async with answers.asking():
            data: Any = await self._http().create_channel(
                guild_id,
                discord.ChannelType.voice.value,
                reason=mark(reason, operation),
                name=plan.name,
                parent_id=plan.parent_id,
                user_limit=plan.user_limit,
                **bitrate,
                permission_overwrites=[
                    {
                        "id": str(overwrite.target_id),
                        "type": KINDS[overwrite.target],
                        "allow": str(overwrite.allow.value),
                        "deny": str(overwrite.deny.value),
                    }
                    for overwrite in plan.overwrites
                ],
            )
        try:
            return ChannelId(int(data["id"]))
        except (TypeError, KeyError, ValueError) as error:
            raise OutcomeUnknown("Discord's answer cannot be read") from error

    async def close_channel(
        self, channel_id: ChannelId, *, operation: OperationId, reason: str
    ) -> None:
        async with answers.asking():
            try:
                await self._http().delete_channel(channel_id, reason=mark(reason, operation))
            except discord.NotFound as error:
                if error.code != answers.UNKNOWN_CHANNEL:
                    raise

    async def find_created(
        self,
        guild_id: GuildId,
        plan: VoiceChannelPlan,
        *,
        operation: OperationId,
        since: datetime,
        until: datetime,
    ) -> tuple[ChannelId, ...]:
        search = created.Search(
            self._http(), guild_id, plan, operation=operation, since=since, until=until
        )
        return await search.run(self.bot_permissions(guild_id))

    def voice_channel(self, guild_id: GuildId) -> ChannelId | None:
        return self._voice.channel(guild_id)

    async def join_voice(self, guild_id: GuildId, channel_id: ChannelId) -> None:
        await self._voice.join(guild_id, channel_id)

    async def leave_voice(self, guild_id: GuildId) -> None:
        await self._voice.leave(guild_id)
