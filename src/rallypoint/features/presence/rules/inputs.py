"""What the ledger is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from rallypoint.kernel.ids import ChannelId, GuildId, UserId

SELF_MUTE, MUTE, SELF_DEAF, DEAF, STREAM, CAMERA = (1 << bit for bit in range(6))
"""A voice state's flags, as one plain number: an `IntFlag` costs ten times as much, in every event."""
MUTED = SELF_MUTE | MUTE
DEAFENED = SELF_DEAF | DEAF


NAMES = (
    "muted",
    "muted by the server",
    "deafened",
    "deafened by the server",
    "streaming",
    "camera",
)


def named(flags: int) -> list[str]:
    return [name for bit, name in enumerate(NAMES) if flags >> bit & 1]


@dataclass(frozen=True, slots=True)
class VoiceState:
    guild_id: GuildId
    user_id: UserId
    channel_id: ChannelId | None
    bot: bool
    at: datetime
    flags: int = 0
    username: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everybody who is in voice in a guild now."""

    guild_id: GuildId
    at: datetime
    states: tuple[VoiceState, ...]


@dataclass(frozen=True, slots=True)
class ChannelGone:
    guild_id: GuildId
    channel_id: ChannelId
    at: datetime


@dataclass(frozen=True, slots=True)
class Outage:
    """The guild is unavailable."""

    guild_id: GuildId
    at: datetime


@dataclass(frozen=True, slots=True)
class Removed:
    """The bot is no longer in the guild."""

    guild_id: GuildId
    at: datetime


@dataclass(frozen=True, slots=True)
class Identified:
    """A fresh log-in of one shard: nothing is replayed, a snapshot of each of its guilds follows."""

    at: datetime
    guilds: frozenset[GuildId] | None = None
    """All that the bot is in, of this shard. None: not told."""
    shard: int = 0
    shards: int = 1

    def concerns(self, guild_id: GuildId) -> bool:
        # https://docs.discord.com/developers/events/gateway#sharding
        return (guild_id >> 22) % self.shards == self.shard

    def has_left(self, guild_id: GuildId) -> bool:
        return self.guilds is not None and guild_id not in self.guilds


@dataclass(frozen=True, slots=True)
class Disconnected:
    at: datetime


@dataclass(frozen=True, slots=True)
class Resumed:
    """Everything missed while disconnected has been replayed."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Wishes:
    """What guilds and members have chosen, as it is now."""

    at: datetime
    bots: bool = False
    """Whether bots count when it is asked whether a channel is empty: for every guild but the *differing*."""
    differing: Mapping[GuildId, bool] = field(default_factory=dict)
    without_history: frozenset[UserId] = frozenset()
    """Who wants no history of their stays."""

    def bots_count(self, guild_id: GuildId) -> bool:
        return self.differing.get(guild_id, self.bots)


Input = (
    VoiceState
    | Snapshot
    | ChannelGone
    | Outage
    | Removed
    | Identified
    | Disconnected
    | Resumed
    | Wishes
)
