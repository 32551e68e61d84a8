"""What Discord says of people: who may do what in a guild."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import discord

from rallypoint.kernel.errors import Refused, Unavailable
from rallypoint.kernel.ids import ChannelId, RoleId, UserId
from rallypoint.kernel.people import KNOWN, Permission
from rallypoint.kernel.ports import Standing

from . import answers

# https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
NOT_THERE = frozenset({10007, 10013})
"""Unknown Member, Unknown User."""


async def standing(guild: discord.Guild, user_id: UserId) -> Standing | None:
    """By REST: of the members the gateway tells only those in voice. Raises Unavailable alone."""
    try:
        async with answers.asking():
            try:
                data: Any = await guild._state.http.get_member(guild.id, user_id)
            except discord.NotFound as error:
                if error.code in NOT_THERE:
                    return None
                raise
        return read(guild, data)
    except (Refused, LookupError, TypeError, ValueError) as error:
        # A right that cannot be read is neither there nor missing.
        raise Unavailable(f"Discord does not say who {user_id} is there: {error}") from error


def read(guild: discord.Guild, data: Any) -> Standing:
    member = discord.Member(data=data, guild=guild, state=guild._state)
    return Standing(
        name=member.display_name,
        # discord.py knows what owners, administrators and time-outs mean for it.
        permissions=Permission(member.guild_permissions.value) & KNOWN,
        roles=frozenset(RoleId(role.id) for role in member.roles),
        is_owner=guild.owner_id == member.id,
    )


def permissions_in(
    guild: discord.Guild, channel_id: ChannelId, user_id: UserId, roles: Collection[RoleId]
) -> Permission | None:
    """None: the channel is not there. A time-out, which takes nearly everything, is not looked at."""
    channel = guild.get_channel(channel_id)
    if channel is None:
        return None
    # discord.py works it out for members alone, and caches none.
    data: Any = {
        "user": {"id": user_id, "username": "", "discriminator": "0", "avatar": None},
        "roles": list(roles),
        "joined_at": None,
        "flags": 0,
    }
    member = discord.Member(data=data, guild=guild, state=guild._state)
    return Permission(channel.permissions_for(member).value) & KNOWN
