"""Who asks, and what Discord lets them do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag, StrEnum
from functools import reduce
from operator import or_

from .errors import Forbidden
from .ids import GuildId, RoleId, UserId
from .words import Words, joined


class Permission(IntFlag):
    """Discord's permission bits, as far as this program asks for them (docs: Topics > Permissions)."""

    NONE = 0
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    VIEW_AUDIT_LOG = 1 << 7
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    CONNECT = 1 << 20
    SPEAK = 1 << 21
    MOVE_MEMBERS = 1 << 24
    MANAGE_ROLES = 1 << 28
    MODERATE_MEMBERS = 1 << 40
    SET_VOICE_CHANNEL_STATUS = 1 << 48

    @property
    def words(self) -> Words:
        """As Discord's own client names them: "Manage Channels, Connect"."""
        names = ((bit.name or "").replace("_", " ").title() for bit in self)
        return joined(Words(name.replace("Guild", "Server")) for name in names)


KNOWN = reduce(or_, Permission)
"""Every bit above."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A member of *guild_id* who asks for something, with their permissions where they ask."""

    user_id: UserId
    guild_id: GuildId
    name: str
    permissions: Permission = Permission.NONE
    roles: frozenset[RoleId] = frozenset()

    def may(self, needed: Permission) -> bool:
        return Permission.ADMINISTRATOR in self.permissions or needed in self.permissions

    def check_may(self, needed: Permission) -> None:
        """Raise Forbidden, naming the permission that is missing."""
        if not self.may(needed):
            raise Forbidden("member_lacks_permission", permission=needed.words)


class Role(IntEnum):
    """What somebody is to a guild's dashboard; each may what those before may."""

    MEMBER = 0
    VIEWER = 1
    ORGANISER = 2
    ADMIN = 3


@dataclass(frozen=True, slots=True)
class Operator:
    """Who runs the program: may do everything; not a member of any one guild."""

    user_id: UserId | None = None
    """None: at the command line."""
    name: str = Words("the command line")


Asker = Actor | Operator


class Scope(StrEnum):
    """What a token is good for, whatever its bearer may do."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks from outside of Discord: known by a token, not yet asked about in any guild."""

    user_id: UserId
    scopes: frozenset[Scope]
