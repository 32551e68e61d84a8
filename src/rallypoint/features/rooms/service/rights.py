"""What the bot may do, looked at before anything is asked of Discord: it counts what it has to forbid."""

from __future__ import annotations

from dataclasses import dataclass

from rallypoint.features.rooms.rules import overwrites
from rallypoint.features.rooms.rules import requests as rules
from rallypoint.kernel.errors import Forbidden, Refused, Unavailable
from rallypoint.kernel.ids import ChannelId, GuildId, UserId
from rallypoint.kernel.people import Permission
from rallypoint.kernel.ports import Discord

TO_WRITE = Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES


@dataclass(frozen=True, slots=True)
class Rights:
    bot_id: UserId
    held: Permission
    """In the category, and as far as they reach in a channel that is yet to be made."""


def check_rights(
    discord: Discord,
    guild_id: GuildId,
    parent_id: ChannelId | None,
    *,
    needed: Permission = overwrites.NEEDED,
) -> Rights:
    """Raise Refused with what the bot lacks for a room in that category (or in none), or Unavailable if that is not
    known now."""
    bot_id, in_guild = discord.bot_id, discord.bot_permissions(guild_id)
    if bot_id is None or in_guild is None:
        raise Unavailable("Discord has not told us about this server yet")
    held = discord.bot_permissions(guild_id, parent_id) if parent_id else in_guild
    if held is None:
        raise Refused("category_unknown", category=parent_id)
    where = f"in the category <#{parent_id}>" if parent_id else "on this server"
    rules.check_permissions(held, where=where, needed=needed)
    both = in_guild if Permission.ADMINISTRATOR in in_guild else held & in_guild
    return Rights(bot_id, both)


def check_in_channel(
    discord: Discord, guild_id: GuildId, channel_id: ChannelId, needed: Permission
) -> None:
    """Raise Forbidden, naming what the bot lacks in a room that is open. What is not known is left to Discord."""
    held = discord.bot_permissions(guild_id, channel_id)
    if held is None or Permission.ADMINISTRATOR in held:
        return
    if missing := needed & ~held:
        raise Forbidden(
            "bot_lacks_permission", permission=missing.words, where=f"in <#{channel_id}>"
        )
