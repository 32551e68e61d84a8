"""What a guild looks like, as the gateway has told it."""

from __future__ import annotations

from typing import Literal

import discord

from rallypoint.kernel.ids import ChannelId, GuildId, RoleId
from rallypoint.kernel.ports import ChannelLook, GuildLook, RoleLook

Kind = Literal["text", "voice", "category", "other"]
KINDS: dict[discord.ChannelType, Kind] = {
    discord.ChannelType.text: "text",
    discord.ChannelType.news: "text",
    discord.ChannelType.voice: "voice",
    discord.ChannelType.stage_voice: "voice",
    discord.ChannelType.category: "category",
}


def look(guild: discord.Guild) -> GuildLook:
    channels: list[discord.abc.GuildChannel] = []
    for category, inside in guild.by_category():
        channels += [category, *inside] if category else inside
    roles = reversed(guild.roles)
    return GuildLook(
        id=GuildId(guild.id),
        name=guild.name,
        channels=tuple(_channel(each) for each in channels),
        roles=tuple(
            RoleLook(RoleId(role.id), role.name, role.managed)
            for role in roles
            if not role.is_default()
        ),
    )


def _channel(channel: discord.abc.GuildChannel) -> ChannelLook:
    return ChannelLook(
        id=ChannelId(channel.id),
        name=channel.name,
        kind=KINDS.get(channel.type, "other"),
        parent_id=ChannelId(channel.category_id) if channel.category_id else None,
    )
