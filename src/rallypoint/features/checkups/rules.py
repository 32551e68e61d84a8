"""Why the bot may not do something in a channel. Pure.

https://docs.discord.com/developers/topics/permissions#permission-overwrites: what the roles give, then the overwrite of
everyone, then those of the roles together, then the member's own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from rallypoint.kernel.ids import GuildId, RoleId, UserId
from rallypoint.kernel.people import Permission
from rallypoint.kernel.ports import Overwrite

OF_GUILD = Permission.VIEW_AUDIT_LOG | Permission.MANAGE_GUILD
"""Rights that no channel gives or takes."""


@dataclass(frozen=True, slots=True)
class Bot:
    user_id: UserId
    guild_id: GuildId
    roles: Collection[RoleId]
    base: Permission
    """What its roles give it in the guild as a whole."""


@dataclass(frozen=True, slots=True)
class Lack:
    """One right that is missing. *denied_by*: the overwrite in the way; None: no role gives it."""

    permission: Permission
    denied_by: Overwrite | None


def lacks(bot: Bot, overwrites: Sequence[Overwrite], needed: Permission) -> Sequence[Lack]:
    """What of *needed* the bot has not got in a channel with these overwrites, each with its reason."""
    if Permission.ADMINISTRATOR in bot.base:
        return []
    found = (_lack(bot, overwrites, bit) for bit in needed & ~OF_GUILD)
    return [each for each in found if each is not None]


def _lack(bot: Bot, overwrites: Sequence[Overwrite], bit: Permission) -> Lack | None:
    has, denied_by = bit in bot.base, None
    for layer in _layers(bot, overwrites):
        allows = [each for each in layer if bit in each.allow]
        denies = [each for each in layer if bit in each.deny]
        if allows:
            has, denied_by = True, None
        elif denies:
            has, denied_by = False, denies[0]
    return None if has else Lack(bit, denied_by)


def _layers(bot: Bot, overwrites: Sequence[Overwrite]) -> Iterator[Sequence[Overwrite]]:
    yield [each for each in overwrites if each.target_id == bot.guild_id]
    own = [each for each in overwrites if each.target == "role" and each.target_id in bot.roles]
    yield [each for each in own if each.target_id != bot.guild_id]
    yield [each for each in overwrites if each.target_id == bot.user_id]
