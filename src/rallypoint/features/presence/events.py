"""Facts this feature publishes. For one channel activated and emptied alternate; bots do not count for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from rallypoint.kernel.ids import ChannelId, GuildId, UserId


@dataclass(frozen=True, slots=True)
class _InChannel:
    guild_id: GuildId
    channel_id: ChannelId

    @property
    def subject(self) -> str:
        return f"channel:{self.channel_id}"


@dataclass(frozen=True, slots=True)
class Joined(_InChannel):
    kind: ClassVar[str] = "presence.joined"
    user_id: UserId
    bot: bool
    cause: str | None = None
    """The same on the three events of one move."""
    estimated_since: datetime | None = None
    """Set: seen only in a snapshot, it happened at some time after this."""


@dataclass(frozen=True, slots=True)
class Left(_InChannel):
    kind: ClassVar[str] = "presence.left"
    user_id: UserId
    bot: bool
    joined_at: datetime
    cause: str | None = None
    estimated_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Moved(_InChannel):
    """*channel_id* is where the member is now."""

    kind: ClassVar[str] = "presence.moved"
    user_id: UserId
    bot: bool
    from_channel_id: ChannelId
    cause: str


@dataclass(frozen=True, slots=True)
class Activated(_InChannel):
    """The first human is in."""

    kind: ClassVar[str] = "presence.activated"
    user_ids: tuple[UserId, ...]


@dataclass(frozen=True, slots=True)
class Emptied(_InChannel):
    """The last human is out."""

    kind: ClassVar[str] = "presence.emptied"


@dataclass(frozen=True, slots=True)
class Synced:
    """After a time of not knowing, the ledger is true again for this guild."""

    kind: ClassVar[str] = "presence.synced"
    guild_id: GuildId

    @property
    def subject(self) -> str:
        return f"guild:{self.guild_id}"


Fact = Joined | Left | Moved | Activated | Emptied | Synced
