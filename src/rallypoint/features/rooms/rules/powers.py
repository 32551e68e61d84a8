"""What the owner of a room may do with it, unless the guild has switched it off."""

from __future__ import annotations

from enum import StrEnum

from rallypoint.kernel.people import Permission


class Power(StrEnum):
    LIMIT = "limit"
    RENAME = "rename"
    LOCK = "lock"
    HIDE = "hide"
    INVITE = "invite"
    KICK = "kick"
    TRANSFER = "transfer"
    CLAIM = "claim"
    CLOSE = "close"


MODERATORS = Permission.MANAGE_CHANNELS
"""Who has it on the server as a whole may do everything with every room."""
