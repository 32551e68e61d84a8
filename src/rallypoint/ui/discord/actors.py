"""Who is behind an interaction."""

from __future__ import annotations

from dataclasses import replace
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


def member_of(interaction: discord.Interaction[Any]) -> Actor:
    """As `actor_of`, but with what they may in the guild as a whole: for what they do to another channel than the one
    they write in, where an overwrite may have given them more."""
    actor = actor_of(interaction)
    assert isinstance(interaction.user, discord.Member)
    return replace(actor, permissions=Permission(interaction.user.guild_permissions.value))
