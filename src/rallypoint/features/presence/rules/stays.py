"""One member in one channel, and how that time was spent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from rallypoint.kernel.ids import ChannelId, GuildId, UserId

from .inputs import DEAFENED, MUTED


@dataclass(slots=True)
class Stay:
    """From *since* on. The seconds are those up to *counted_at*; none of the parts is longer than what was seen."""

    channel_id: ChannelId
    since: datetime
    bot: bool
    estimated: bool = False
    flags: int = 0
    counts: bool = True
    """Whether it keeps the channel from being empty."""
    counted_at: datetime = field(default=datetime.min)
    same_since: datetime = field(default=datetime.min)
    """Neither *flags* nor whether it is alone have changed since, as far as was seen."""
    muted: float = 0.0
    deafened: float = 0.0
    alone: float = 0.0
    """As the only human."""
    unseen: float = 0.0
    """While the guild was unknown: how it was spent cannot be said."""
    username: str = ""

    def __post_init__(self) -> None:
        if self.counted_at is datetime.min:
            self.counted_at = self.since
        if self.same_since is datetime.min:
            self.same_since = self.counted_at

    def is_same(self, other: Stay) -> bool:
        return (self.channel_id, self.since) == (other.channel_id, other.since)

    def count(self, at: datetime, *, alone: bool) -> None:
        """What has been since *counted_at* was all the same. A clock that went back adds nothing."""
        elapsed = (at - self.counted_at).total_seconds()
        self.counted_at = self.same_since = at
        if elapsed <= 0:
            return
        if self.flags & MUTED:
            self.muted += elapsed
        if self.flags & DEAFENED:
            self.deafened += elapsed
        if alone:
            self.alone += elapsed

    def look_away(self, seen_at: datetime, until: datetime, *, alone: bool) -> None:
        """It was seen until the first moment and not until the second. Nothing says that it has changed."""
        same_since = self.same_since
        self.count(seen_at, alone=alone)
        self.unseen += max(0.0, (until - seen_at).total_seconds())
        self.counted_at, self.same_since = until, same_since

    def end(self, at: datetime) -> datetime:
        """When it ended: not before it began, whatever the clock says. Trims the parts to what there is room for."""
        ended_at = max(at, self.since)
        span = (ended_at - self.since).total_seconds()
        self.unseen = min(self.unseen, span)
        seen = span - self.unseen
        self.muted, self.deafened = min(self.muted, seen), min(self.deafened, seen)
        self.alone = min(self.alone, seen)
        return ended_at


@dataclass(slots=True)
class Room:
    """A channel with somebody in it, in the order in which they came."""

    stays: dict[UserId, Stay] = field(default_factory=dict)
    humans: int = 0
    counting: int = 0
    """How many keep it from being empty."""
    active: bool = False
    """As was published last."""

    def add(self, user_id: UserId, stay: Stay) -> None:
        self.stays[user_id] = stay
        self.humans += not stay.bot
        self.counting += stay.counts

    def remove(self, user_id: UserId) -> None:
        stay = self.stays.pop(user_id)
        self.humans -= not stay.bot
        self.counting -= stay.counts

    def is_alone(self, stay: Stay) -> bool:
        return self.humans == 1 and not stay.bot

    def only_human(self) -> tuple[UserId, Stay]:
        return next((user_id, stay) for user_id, stay in self.stays.items() if not stay.bot)


@dataclass(frozen=True, slots=True)
class Opened:
    guild_id: GuildId
    user_id: UserId
    stay: Stay


@dataclass(frozen=True, slots=True)
class Closed:
    guild_id: GuildId
    user_id: UserId
    stay: Stay
    at: datetime
    estimated: bool
    kept: bool = True
    """False: the member wants no history."""
