"""Facts this feature publishes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rallypoint.kernel.ids import ChannelId, GuildId, UserId


@dataclass(frozen=True, slots=True)
class _OfRoom:
    room_id: int
    guild_id: GuildId
    channel_id: ChannelId | None
    room_kind: str
    """public, private, personal, generated or match."""
    keeper: str
    """The feature that decides about the room's end: `rooms` itself, or the one that asked for it."""
    owner_id: UserId

    @property
    def subject(self) -> str:
        return f"room:{self.room_id}"


@dataclass(frozen=True, slots=True)
class Opened(_OfRoom):
    kind: ClassVar[str] = "rooms.opened"


@dataclass(frozen=True, slots=True)
class Closed(_OfRoom):
    """Also told of a room that never came to be: *reason* is `failed` then, and there may be no channel."""

    kind: ClassVar[str] = "rooms.closed"
    reason: str
