"""Who may see, enter and speak in a room, as people change it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rallypoint.features.rooms.api import ENTER, EVERYONE
from rallypoint.kernel.ids import GuildId, RoleId, UserId
from rallypoint.kernel.people import Permission
from rallypoint.kernel.ports import Overwrite


def of_teams(
    guild_id: GuildId, teams: Sequence[RoleId], *, others_see: bool, others_enter: bool
) -> tuple[Overwrite, ...]:
    """Only the teams may speak."""
    allow, deny = Permission.NONE, Permission.SPEAK
    for bit, may in ((Permission.VIEW_CHANNEL, others_see), (Permission.CONNECT, others_enter)):
        allow, deny = (allow | bit, deny) if may else (allow, deny | bit)
    return (
        Overwrite(guild_id, "role", allow=allow, deny=deny),
        *(Overwrite(team, "role", allow=EVERYONE) for team in teams),
    )


def changes(
    base: Iterable[Overwrite], bit: Permission, *, off: bool
) -> list[tuple[Overwrite, Permission]]:
    """What is to be set, and what cleared, for the roles of a room to lose *bit* or to have it again as at first."""
    changed = []
    for each in base:
        if each.target != "role":
            continue
        allow = each.allow & bit if not off else Permission.NONE
        deny = bit if off else each.deny & bit
        changed.append((Overwrite(each.target_id, "role", allow=allow, deny=deny), bit))
    return changed


def of_guest(user_id: UserId) -> Overwrite:
    """Let in, however the room is locked and hidden."""
    return Overwrite(user_id, "member", allow=ENTER)


def of_banished(user_id: UserId) -> Overwrite:
    return Overwrite(user_id, "member", deny=Permission.CONNECT)
