"""The ledger: voice states in, facts out. Pure; one ledger knows the guilds of one gateway session.

A guild is *unknown* from an outage or a fresh log-in until its next snapshot: nothing is concluded about it. It is
*paused* while the connection is down and may be resumed: replayed events count, then it is known again. A snapshot is
compared with what the ledger holds; the difference happened unseen, so its facts are marked as estimated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from rallypoint.kernel.ids import ChannelId, GuildId, UserId

from .events import Activated, Emptied, Fact, Joined, Left, Moved, Synced


class Sight(StrEnum):
    KNOWN = "known"
    PAUSED = "paused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class VoiceState:
    guild_id: GuildId
    user_id: UserId
    channel_id: ChannelId | None
    bot: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everybody who is in voice in a guild now."""

    guild_id: GuildId
    at: datetime
    states: tuple[VoiceState, ...]


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
    """A fresh log-in: nothing is replayed, a snapshot of each guild follows."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Disconnected:
    at: datetime


@dataclass(frozen=True, slots=True)
class Resumed:
    """Everything missed while disconnected has been replayed."""

    at: datetime


Input = VoiceState | Snapshot | Outage | Removed | Identified | Disconnected | Resumed


@dataclass(frozen=True, slots=True)
class Stay:
    """One member in one channel, from *since* on."""

    channel_id: ChannelId
    since: datetime
    bot: bool
    estimated: bool = False


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


@dataclass(slots=True)
class Changes:
    """What a step did to the ledger, in order."""

    stays: list[Opened | Closed] = field(default_factory=list)
    facts: list[tuple[Fact, datetime]] = field(default_factory=list)
    sights: dict[GuildId, tuple[Sight, datetime]] = field(default_factory=dict)


@dataclass(slots=True)
class _Guild:
    sight: Sight = Sight.UNKNOWN
    seen_at: datetime | None = None
    stays: dict[UserId, Stay] = field(default_factory=dict)
    humans: dict[ChannelId, set[UserId]] = field(default_factory=dict)


class Ledger:
    def __init__(self) -> None:
        self._guilds: dict[GuildId, _Guild] = {}

    def restore(self, guild_id: GuildId, user_id: UserId, stay: Stay) -> None:
        """Put back a stay that was stored; the guild is unknown until its snapshot."""
        guild = self._guild(guild_id)
        guild.stays[user_id] = stay
        guild.seen_at = max(guild.seen_at or stay.since, stay.since)
        if not stay.bot:
            guild.humans.setdefault(stay.channel_id, set()).add(user_id)

    def step(self, given: Input, changes: Changes) -> None:
        """Apply *given*; what it did is added to *changes*."""
        match given:
            case VoiceState():
                self._move(given, changes)
            case Snapshot():
                self._compare(given, changes)
            case Outage():
                self._see(given.guild_id, Sight.UNKNOWN, given.at, changes)
            case Removed():
                self._remove(given, changes)
            case Identified():
                for guild_id in self._guilds:
                    self._see(guild_id, Sight.UNKNOWN, given.at, changes)
            case Disconnected():
                for guild_id in self._having(Sight.KNOWN):
                    self._see(guild_id, Sight.PAUSED, given.at, changes)
            case Resumed():
                for guild_id in self._having(Sight.PAUSED):
                    self._see(guild_id, Sight.KNOWN, given.at, changes)

    def humans_in(self, guild_id: GuildId, channel_id: ChannelId) -> frozenset[UserId]:
        guild = self._guilds.get(guild_id)
        return frozenset(guild.humans.get(channel_id, ())) if guild else frozenset()

    def snapshots(self, at: datetime) -> Iterator[Snapshot]:
        """What is believed now of each known guild, as if Discord had said it."""
        for guild_id in self._having(Sight.KNOWN):
            stays = self._guilds[guild_id].stays.items()
            yield Snapshot(
                guild_id,
                at,
                tuple(
                    VoiceState(guild_id, user_id, stay.channel_id, stay.bot, at)
                    for user_id, stay in stays
                ),
            )

    def _guild(self, guild_id: GuildId) -> _Guild:
        guild = self._guilds.get(guild_id)
        if guild is None:
            guild = self._guilds[guild_id] = _Guild()
        return guild

    def _having(self, sight: Sight) -> list[GuildId]:
        return [guild_id for guild_id, guild in self._guilds.items() if guild.sight is sight]

    def _see(self, guild_id: GuildId, sight: Sight, at: datetime, changes: Changes) -> None:
        guild = self._guild(guild_id)
        if guild.sight is Sight.KNOWN:
            guild.seen_at = at
        elif sight is Sight.KNOWN:
            changes.facts.append((Synced(guild_id), at))
        guild.sight = sight
        changes.sights[guild_id] = (sight, at)

    def _move(self, state: VoiceState, changes: Changes) -> None:
        guild = self._guild(state.guild_id)
        if guild.sight is Sight.UNKNOWN:
            return
        guild.seen_at = state.at
        before = guild.stays.get(state.user_id)
        if (before.channel_id if before else None) == state.channel_id:
            return
        cause = None
        if before is not None and state.channel_id is not None:
            cause = f"{state.user_id}-{state.at.timestamp():.6f}"
        if before is not None:
            self._leave(state, changes, cause=cause)
        if state.channel_id is not None:
            self._join(state, changes, cause=cause)
        if before is not None and state.channel_id is not None and cause is not None:
            moved = Moved(
                state.guild_id, state.channel_id, state.user_id, state.bot, before.channel_id, cause
            )
            changes.facts.append((moved, state.at))

    def _compare(self, snapshot: Snapshot, changes: Changes) -> None:
        guild = self._guild(snapshot.guild_id)
        since = guild.seen_at
        now_in = {state.user_id: state for state in snapshot.states if state.channel_id is not None}
        for user_id, stay in list(guild.stays.items()):
            state = now_in.get(user_id)
            if state is None or state.channel_id != stay.channel_id:
                gone = VoiceState(snapshot.guild_id, user_id, None, stay.bot, snapshot.at)
                self._leave(gone, changes, since=since or stay.since)
        for user_id, state in now_in.items():
            if user_id not in guild.stays:
                self._join(state, changes, since=since or snapshot.at)
        guild.seen_at = snapshot.at
        self._see(snapshot.guild_id, Sight.KNOWN, snapshot.at, changes)

    def _remove(self, removed: Removed, changes: Changes) -> None:
        guild = self._guild(removed.guild_id)
        for user_id, stay in list(guild.stays.items()):
            gone = VoiceState(removed.guild_id, user_id, None, stay.bot, removed.at)
            self._leave(gone, changes, since=guild.seen_at or stay.since)
        self._see(removed.guild_id, Sight.UNKNOWN, removed.at, changes)
        del self._guilds[removed.guild_id]

    def _join(
        self,
        state: VoiceState,
        changes: Changes,
        *,
        cause: str | None = None,
        since: datetime | None = None,
    ) -> None:
        guild, channel_id = self._guild(state.guild_id), state.channel_id
        assert channel_id is not None
        stay = Stay(channel_id, state.at, state.bot, estimated=since is not None)
        guild.stays[state.user_id] = stay
        changes.stays.append(Opened(state.guild_id, state.user_id, stay))
        joined = Joined(state.guild_id, channel_id, state.user_id, state.bot, cause, since)
        changes.facts.append((joined, state.at))
        if not state.bot:
            humans = guild.humans.setdefault(channel_id, set())
            humans.add(state.user_id)
            if len(humans) == 1:
                everybody = tuple(
                    user for user, each in guild.stays.items() if each.channel_id == channel_id
                )
                changes.facts.append((Activated(state.guild_id, channel_id, everybody), state.at))

    def _leave(
        self,
        state: VoiceState,
        changes: Changes,
        *,
        cause: str | None = None,
        since: datetime | None = None,
    ) -> None:
        guild = self._guild(state.guild_id)
        stay = guild.stays.pop(state.user_id)
        changes.stays.append(
            Closed(state.guild_id, state.user_id, stay, state.at, estimated=since is not None)
        )
        left = Left(
            state.guild_id, stay.channel_id, state.user_id, stay.bot, stay.since, cause, since
        )
        changes.facts.append((left, state.at))
        humans = guild.humans.get(stay.channel_id)
        if humans is not None and state.user_id in humans:
            humans.remove(state.user_id)
            if not humans:
                del guild.humans[stay.channel_id]
                changes.facts.append((Emptied(state.guild_id, stay.channel_id), state.at))
