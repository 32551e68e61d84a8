"""Facts this feature publishes. For one channel activated and emptied alternate; bots do not count for them, unless the
guild wants them to. Replaying joined and left, each with what it changes, rebuilds the ledger.

One that is *fleeting* names somebody who wants no history: it may be acted upon and shown, and is forgotten at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from rallypoint.kernel.ids import ChannelId, GuildId, UserId


def subject_of(channel_id: int) -> str:
    return f"channel:{channel_id}"


@dataclass(frozen=True, slots=True)
class _InChannel:
    guild_id: GuildId
    channel_id: ChannelId

    @property
    def subject(self) -> str:
        return subject_of(self.channel_id)


@dataclass(frozen=True, slots=True)
class Joined(_InChannel):
    kind: ClassVar[str] = "presence.joined"
    user_id: UserId
    bot: bool
    cause: str | None = None
    """The same on the three events of one move."""
    estimated_since: datetime | None = None
    """Set: seen only in a snapshot, it happened at some time after this."""
    fleeting: bool = False
    flags: int = 0
    """As they come in: 1 muted, 2 muted by the server, 4 deafened, 8 deafened by the server, 16 streaming, 32 on
    camera."""
    username: str = ""
    """The account's, not the server's nickname. Empty: not said, as for who left while the program was away."""


@dataclass(frozen=True, slots=True)
class Left(_InChannel):
    kind: ClassVar[str] = "presence.left"
    user_id: UserId
    bot: bool
    joined_at: datetime
    cause: str | None = None
    estimated_since: datetime | None = None
    fleeting: bool = False
    username: str = ""


@dataclass(frozen=True, slots=True)
class Moved(_InChannel):
    """*channel_id* is where the member is now."""

    kind: ClassVar[str] = "presence.moved"
    user_id: UserId
    bot: bool
    from_channel_id: ChannelId
    cause: str
    fleeting: bool = False


@dataclass(frozen=True, slots=True)
class Activated(_InChannel):
    """The first one is in. Everybody who is, bots too."""

    kind: ClassVar[str] = "presence.activated"
    user_ids: tuple[UserId, ...]
    fleeting: bool = False


@dataclass(frozen=True, slots=True)
class Emptied(_InChannel):
    """The last one is out."""

    kind: ClassVar[str] = "presence.emptied"


@dataclass(frozen=True, slots=True)
class Synced:
    """After a time of not knowing, the ledger is true again for this guild."""

    kind: ClassVar[str] = "presence.synced"
    guild_id: GuildId

    @property
    def subject(self) -> str:
        return f"guild:{self.guild_id}"


@dataclass(frozen=True, slots=True)
class _Flagged(_InChannel):
    """Something about a member changed while they stay where they are. Recorded only if anybody subscribes to it."""

    user_id: UserId
    bot: bool
    on: bool
    fleeting: bool = False


@dataclass(frozen=True, slots=True)
class Muted(_Flagged):
    """By themselves or by the server: what counts is whether they can be heard."""

    kind: ClassVar[str] = "presence.muted"


@dataclass(frozen=True, slots=True)
class Deafened(_Flagged):
    kind: ClassVar[str] = "presence.deafened"


@dataclass(frozen=True, slots=True)
class Streamed(_Flagged):
    kind: ClassVar[str] = "presence.streamed"


@dataclass(frozen=True, slots=True)
class Camera(_Flagged):
    kind: ClassVar[str] = "presence.camera"


Flagged = Muted | Deafened | Streamed | Camera
FACTS = (Joined, Left, Moved, Activated, Emptied, Synced, Muted, Deafened, Streamed, Camera)
Fact = Joined | Left | Moved | Activated | Emptied | Synced | Flagged
