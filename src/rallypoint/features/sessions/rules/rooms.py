"""The room of a session: its name, and who may see it."""

from __future__ import annotations

from rallypoint.kernel.ids import GuildId, UserId
from rallypoint.kernel.people import Permission
from rallypoint.kernel.ports import Overwrite

LONGEST_NAME = 100
"""Discord's bound on a channel name, in characters."""
ENTER = Permission.VIEW_CHANNEL | Permission.CONNECT
NEEDED = ENTER | Permission.SPEAK | Permission.MANAGE_CHANNELS | Permission.MOVE_MEMBERS
"""Of the bot, in the category. Overwrites that come with a create need no Manage Roles."""


def name_of(member: str) -> str:
    return f"Voice-{member}"[:LONGEST_NAME]


def overwrites(guild_id: GuildId, member_id: UserId) -> tuple[Overwrite, ...]:
    """Seen by the member, and by the bot, whose own overwrite `rooms` adds. (Administrators see everything.)"""
    return (
        Overwrite(guild_id, "role", deny=ENTER),
        Overwrite(member_id, "member", allow=ENTER | Permission.SPEAK),
    )
