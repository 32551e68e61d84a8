"""Who may see, enter and speak in a room: Discord's overwrites, as far as they are ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rallypoint.kernel.ids import GuildId, UserId
from rallypoint.kernel.people import Permission
from rallypoint.kernel.ports import Overwrite

ENTER = Permission.VIEW_CHANNEL | Permission.CONNECT
EVERYONE = ENTER | Permission.SPEAK
NEEDED = ENTER | Permission.MANAGE_CHANNELS
"""Without these the bot can neither make a room nor delete it."""
KEPT = NEEDED | Permission.SPEAK | Permission.MOVE_MEMBERS | Permission.SEND_MESSAGES
"""What the bot allows itself in a room, so that no other overwrite locks it out."""


def to_json(each: Overwrite) -> dict[str, Any]:
    return {
        "id": str(each.target_id),
        "of": each.target,
        "allow": each.allow.value,
        "deny": each.deny.value,
    }


def from_json(data: Mapping[str, Any]) -> Overwrite:
    allow, deny = Permission(data["allow"]), Permission(data["deny"])
    return Overwrite(int(data["id"]), data["of"], allow=allow, deny=deny)


def of_public(guild_id: GuildId) -> tuple[Overwrite, ...]:
    return (Overwrite(guild_id, "role", allow=EVERYONE),)


def to_create(
    wanted: Iterable[Overwrite], *, bot_id: UserId, held: Permission
) -> tuple[Overwrite, ...]:
    """*wanted*, and the bot's own. Discord refuses the whole create for one bit that the bot itself does not hold, and
    for Manage Roles unless it is an administrator."""
    allowed = Permission(~0) if Permission.ADMINISTRATOR in held else held
    allowed &= ~Permission.MANAGE_ROLES
    others = [each for each in wanted if each.target_id != bot_id]
    masked = [
        Overwrite(each.target_id, each.target, allow=each.allow & allowed, deny=each.deny & allowed)
        for each in others
    ]
    return (*masked, Overwrite(bot_id, "member", allow=KEPT & allowed))
