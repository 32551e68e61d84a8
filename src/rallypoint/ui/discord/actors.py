"""Who is behind an interaction."""

from __future__ import annotations

from typing import Any

import discord

from rallypoint.kernel.errors import Refused
from rallypoint.kernel.ids import GuildId, RoleId, UserId
from rallypoint.kernel.people import Actor, Permission


def actor_of(interaction: discord.Interaction[Any]) -> Actor:
    """The member who asks, with what they may in this channel. Raises Refused in a direct message."""
    member = interaction.user
    if interaction.guild_id is None or not isinstance(member, discord.Member):
        raise Refused("guild_only")
    return Actor(
        user_id=UserId(member.id),
        guild_id=GuildId(interaction.guild_id),
        name=member.display_name,
        permissions=Permission(interaction.permissions.value),
        roles=frozenset(RoleId(role.id) for role in member.roles),
    )
