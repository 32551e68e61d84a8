"""Facts this feature publishes. Who was queued is told of once more, at the end: completed, or failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rallypoint.kernel.ids import ChannelId, GuildId, UserId


@dataclass(frozen=True, slots=True)
class _OfSession:
    session_id: int
    guild_id: GuildId
    member_id: UserId
    lane: str

    @property
    def subject(self) -> str:
        return f"session:{self.session_id}"


@dataclass(frozen=True, slots=True)
class Queued(_OfSession):
    """Asked for; with a free lane its turn comes in the same moment."""

    kind: ClassVar[str] = "sessions.queued"


@dataclass(frozen=True, slots=True)
class Started(_OfSession):
    """The member is in the room, and so is the bot."""

    kind: ClassVar[str] = "sessions.started"
    channel_id: ChannelId


@dataclass(frozen=True, slots=True)
class Completed(_OfSession):
    """It had started."""

    kind: ClassVar[str] = "sessions.completed"
    reason: str
    seconds: float
    """From its start to its end."""


@dataclass(frozen=True, slots=True)
class Failed(_OfSession):
    """It never started."""

    kind: ClassVar[str] = "sessions.failed"
    reason: str
