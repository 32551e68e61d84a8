"""The ledger: voice states in, facts out. Pure; one ledger knows the guilds of one gateway session.

A guild is *unknown* from an outage or a fresh log-in until its next snapshot: nothing is concluded about it. It is
*paused* while the connection is down and may be resumed: replayed events count, then it is known again. A snapshot is
compared with what the ledger holds; the difference happened unseen, so its facts are marked as estimated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from rallypoint.features.presence.events import (
    Activated,
    Emptied,
    Fact,
    Joined,
    Left,
    Moved,
    Synced,
)
from rallypoint.kernel.ids import ChannelId, GuildId, UserId

from . import flags
from .inputs import (
    ChannelGone,
    Disconnected,
    Identified,
    Input,
    Outage,
    Removed,
    Resumed,
    Snapshot,
    VoiceState,
    Wishes,
)
from .stays import Closed, Opened, Room, Stay

GONE_FOR = timedelta(minutes=10)
"""How long a voice state may still name a channel that was deleted."""


class Sight(StrEnum):
    KNOWN = "known"
    PAUSED = "paused"
    UNKNOWN = "unknown"


@dataclass(slots=True)
class Changes:
    """What steps did to the ledger, in order. The stays in it are the ledger's own: as they are after the last one."""

    stays: list[Opened | Closed] = field(default_factory=list)
    facts: list[tuple[Fact, datetime]] = field(default_factory=list)
    sights: dict[GuildId, tuple[Sight, datetime]] = field(default_factory=dict)
    touched: dict[tuple[GuildId, UserId], Stay] = field(default_factory=dict)
    """Those that go on, with other flags or more seconds."""


@dataclass(slots=True)
class _Guild:
    id: GuildId
    bots_count: bool
    sight: Sight = Sight.UNKNOWN
    seen_at: datetime | None = None
    stays: dict[UserId, Stay] = field(default_factory=dict)
    rooms: dict[ChannelId, Room] = field(default_factory=dict)
    gone: dict[ChannelId, datetime] = field(default_factory=dict)


def nobody(_: str) -> bool:
    return False


class Ledger:
    def __init__(
        self,
        *,
        heard: Callable[[str], bool] = nobody,
        wishes: Wishes | None = None,
    ) -> None:
        """*heard*: whether anybody subscribes to facts of that kind."""
        self._guilds: dict[GuildId, _Guild] = {}
        self._heard = heard
        self._wishes = wishes or Wishes(datetime.min)

    def restore(self, guild_id: GuildId, user_id: UserId, stay: Stay) -> None:
        """Put back a stay that was stored; the guild is unknown until its snapshot."""
        guild = self._guild(guild_id)
        self._add(guild, user_id, stay).active |= stay.counts
        guild.seen_at = max(guild.seen_at or stay.counted_at, stay.counted_at)

    def seen(self, guild_id: GuildId, at: datetime) -> None:
        """What was stored of it was still true *at* that moment."""
        if (guild := self._guilds.get(guild_id)) is not None:
            guild.seen_at = max(guild.seen_at or at, at)

    def step(self, given: Input, changes: Changes) -> None:
        """Apply *given*; what it did is added to *changes*."""
        match given:
            case VoiceState():
                self._move(given, changes)
            case Snapshot():
                self._compare(given, changes)
            case ChannelGone():
                self._lose(given, changes)
            case Outage():
                self._see(self._guild(given.guild_id), Sight.UNKNOWN, given.at, changes)
            case Removed():
                self._remove(given, changes)
            case Identified():
                self._begin_anew(given, changes)
            case Disconnected():
                for guild in self._having(Sight.KNOWN):
                    self._see(guild, Sight.PAUSED, given.at, changes)
            case Resumed():
                for guild in self._having(Sight.PAUSED):
                    self._see(guild, Sight.KNOWN, given.at, changes)
            case Wishes():
                self._wishes = given
                for guild in self._having(Sight.KNOWN):
                    self._count_bots(guild, given.at, changes)

    @property
    def is_paused(self) -> bool:
        return any(guild.sight is Sight.PAUSED for guild in self._guilds.values())

    def guilds(self, sight: Sight = Sight.KNOWN) -> list[GuildId]:
        return [guild.id for guild in self._having(sight)]

    def sight(self, guild_id: GuildId) -> Sight:
        guild = self._guilds.get(guild_id)
        return guild.sight if guild else Sight.UNKNOWN

    def adopt(self, believed: Ledger, changes: Changes) -> None:
        """Of the stays that both have, what *believed* counted: it has seen what this one has not."""
        for guild in self._guilds.values():
            counted = believed.stays(guild.id)
            for user_id, stay in guild.stays.items():
                other = counted.get(user_id)
                if other is not None and other.is_same(stay):
                    stay.counted_at, stay.same_since = other.counted_at, other.same_since
                    stay.unseen = other.unseen
                    stay.muted, stay.deafened, stay.alone = other.muted, other.deafened, other.alone
                    changes.touched[guild.id, user_id] = stay

    def stays(self, guild_id: GuildId) -> Mapping[UserId, Stay]:
        guild = self._guilds.get(guild_id)
        return guild.stays if guild else {}

    def snapshots(self, at: datetime) -> Iterator[Snapshot]:
        """What is believed now of each guild that is not unknown, as if Discord had said it."""
        for guild in self._guilds.values():
            if guild.sight is not Sight.UNKNOWN:
                states = [
                    VoiceState(guild.id, user_id, s.channel_id, s.bot, at, s.flags, s.username)
                    for user_id, s in guild.stays.items()
                ]
                yield Snapshot(guild.id, at, tuple(states))

    def _guild(self, guild_id: GuildId) -> _Guild:
        guild = self._guilds.get(guild_id)
        if guild is None:
            guild = self._guilds[guild_id] = _Guild(guild_id, self._wishes.bots_count(guild_id))
        return guild

    def _having(self, sight: Sight) -> list[_Guild]:
        return [guild for guild in self._guilds.values() if guild.sight is sight]

    def _see(self, guild: _Guild, sight: Sight, at: datetime, changes: Changes) -> None:
        if guild.sight is Sight.KNOWN:
            guild.seen_at = at
        elif sight is Sight.KNOWN:
            changes.facts.append((Synced(guild.id), at))
        guild.sight = sight
        changes.sights[guild.id] = (sight, at)

    def _begin_anew(self, identified: Identified, changes: Changes) -> None:
        for guild in list(self._guilds.values()):
            if not identified.concerns(guild.id):
                continue
            if identified.has_left(guild.id):
                self._remove(Removed(guild.id, identified.at), changes)
            else:
                self._see(guild, Sight.UNKNOWN, identified.at, changes)

    def _move(self, state: VoiceState, changes: Changes) -> None:
        guild = self._guild(state.guild_id)
        if guild.sight is Sight.UNKNOWN:
            return
        guild.seen_at = state.at
        channel_id = state.channel_id
        if channel_id is not None and channel_id in guild.gone:
            channel_id = None
        before = guild.stays.get(state.user_id)
        if before is None:
            if channel_id is not None:
                self._join(guild, state, channel_id, changes)
        elif before.channel_id == channel_id:
            if before.flags != state.flags:
                self._flag(guild, before, state, changes)
        elif channel_id is None:
            self._leave(guild, state.user_id, state.at, changes)
        else:
            user_id, came_from = state.user_id, before.channel_id
            cause = f"{user_id}-{state.at.timestamp():.6f}"
            self._leave(guild, user_id, state.at, changes, cause=cause)
            self._join(guild, state, channel_id, changes, cause=cause)
            fleeting = user_id in self._wishes.without_history
            moved = Moved(guild.id, channel_id, user_id, state.bot, came_from, cause, fleeting)
            changes.facts.append((moved, state.at))

    def _flag(self, guild: _Guild, stay: Stay, state: VoiceState, changes: Changes) -> None:
        room = guild.rooms[stay.channel_id]
        stay.count(state.at, alone=room.is_alone(stay))
        before, stay.flags = stay.flags, state.flags
        changes.touched[guild.id, state.user_id] = stay
        fleeting = state.user_id in self._wishes.without_history
        for fact in flags.facts(guild.id, stay, state.user_id, before, self._heard, fleeting):
            changes.facts.append((fact, state.at))

    def _compare(self, snapshot: Snapshot, changes: Changes) -> None:
        guild, at = self._guild(snapshot.guild_id), snapshot.at
        since = guild.seen_at
        self._settle(guild, at, changes)
        guild.gone.clear()
        now_in = {state.user_id: state for state in snapshot.states if state.channel_id is not None}
        for user_id, stay in list(guild.stays.items()):
            state = now_in.get(user_id)
            if state is None or state.channel_id != stay.channel_id:
                self._leave(guild, user_id, at, changes, since=since or stay.since)
            else:
                stay.username = state.username or stay.username
                if state.flags != stay.flags:
                    self._flag(guild, stay, state, changes)
        for user_id, state in now_in.items():
            if user_id not in guild.stays and state.channel_id is not None:
                self._join(guild, state, state.channel_id, changes, since=since or at)
        self._count_bots(guild, at, changes)
        guild.seen_at = at
        self._see(guild, Sight.KNOWN, at, changes)

    def _lose(self, lost: ChannelGone, changes: Changes) -> None:
        guild = self._guild(lost.guild_id)
        for channel_id, at in list(guild.gone.items()):
            if abs(lost.at - at) > GONE_FOR:
                del guild.gone[channel_id]
        guild.gone[lost.channel_id] = lost.at
        room = guild.rooms.get(lost.channel_id)
        if room is not None and guild.sight is not Sight.UNKNOWN:
            for user_id in list(room.stays):
                self._leave(guild, user_id, lost.at, changes)

    def _remove(self, removed: Removed, changes: Changes) -> None:
        guild = self._guild(removed.guild_id)
        since = guild.seen_at
        self._settle(guild, removed.at, changes)
        for user_id, stay in list(guild.stays.items()):
            self._leave(guild, user_id, removed.at, changes, since=since or stay.since)
        self._see(guild, Sight.UNKNOWN, removed.at, changes)
        del self._guilds[removed.guild_id]

    def _settle(self, guild: _Guild, at: datetime, changes: Changes) -> None:
        """Count what was seen until we looked away; what came after that passed unseen."""
        if guild.sight is Sight.KNOWN:
            return
        for user_id, stay in guild.stays.items():
            seen_at = max(guild.seen_at or stay.counted_at, stay.counted_at)
            stay.look_away(seen_at, at, alone=guild.rooms[stay.channel_id].is_alone(stay))
            changes.touched[guild.id, user_id] = stay

    def _count_bots(self, guild: _Guild, at: datetime, changes: Changes) -> None:
        """A guild that has just changed its mind: which channels are empty by what it says now."""
        wanted = self._wishes.bots_count(guild.id)
        if wanted != guild.bots_count or any(
            stay.bot and stay.counts != wanted for stay in guild.stays.values()
        ):
            guild.bots_count = wanted
            for user_id, stay in guild.stays.items():
                if stay.bot and stay.counts != wanted:
                    stay.counts = wanted
                    guild.rooms[stay.channel_id].counting += 1 if wanted else -1
                    changes.touched[guild.id, user_id] = stay
        for channel_id, room in guild.rooms.items():
            self._turn(guild, channel_id, room, at, changes)

    def _turn(
        self, guild: _Guild, channel_id: ChannelId, room: Room, at: datetime, changes: Changes
    ) -> None:
        """Say that it is occupied, or empty, if it was not so before."""
        occupied = room.counting > 0
        if occupied == room.active:
            return
        room.active = occupied
        if occupied:
            fleeting = not self._wishes.without_history.isdisjoint(room.stays)
            fact: Fact = Activated(guild.id, channel_id, tuple(room.stays), fleeting)
        else:
            fact = Emptied(guild.id, channel_id)
        changes.facts.append((fact, at))

    def _add(self, guild: _Guild, user_id: UserId, stay: Stay) -> Room:
        guild.stays[user_id] = stay
        room = guild.rooms.get(stay.channel_id)
        if room is None:
            room = guild.rooms[stay.channel_id] = Room()
        room.add(user_id, stay)
        return room

    def _join(
        self,
        guild: _Guild,
        state: VoiceState,
        channel_id: ChannelId,
        changes: Changes,
        *,
        cause: str | None = None,
        since: datetime | None = None,
    ) -> None:
        at, user_id, bot = state.at, state.user_id, state.bot
        if not bot and (room := guild.rooms.get(channel_id)) and room.humans == 1:
            self._count_only(guild, room, at, changes, alone=True)
        counts = not bot or guild.bots_count
        stay = Stay(channel_id, at, bot, since is not None, state.flags, counts)
        stay.username = state.username
        room = self._add(guild, user_id, stay)
        changes.stays.append(Opened(guild.id, user_id, stay))
        said = (user_id, bot, cause, since, user_id in self._wishes.without_history)
        joined = Joined(guild.id, channel_id, *said, state.flags, state.username)
        changes.facts.append((joined, at))
        if not room.active:
            self._turn(guild, channel_id, room, at, changes)

    def _leave(
        self,
        guild: _Guild,
        user_id: UserId,
        at: datetime,
        changes: Changes,
        *,
        cause: str | None = None,
        since: datetime | None = None,
    ) -> None:
        stay = guild.stays.pop(user_id)
        channel_id = stay.channel_id
        room = guild.rooms[channel_id]
        stay.count(at, alone=room.is_alone(stay))
        room.remove(user_id)
        fleeting = user_id in self._wishes.without_history
        changes.stays.append(
            Closed(guild.id, user_id, stay, stay.end(at), since is not None, kept=not fleeting)
        )
        which = (stay.bot, stay.since, cause, since, fleeting, stay.username)
        changes.facts.append((Left(guild.id, channel_id, user_id, *which), at))
        if not stay.bot and room.humans == 1:
            self._count_only(guild, room, at, changes, alone=False)
        if room.active and not room.counting:
            self._turn(guild, channel_id, room, at, changes)
        if not room.stays:
            del guild.rooms[channel_id]

    def _count_only(
        self, guild: _Guild, room: Room, at: datetime, changes: Changes, *, alone: bool
    ) -> None:
        """Of the one human in it, who is alone no more, or from now on."""
        user_id, stay = room.only_human()
        stay.count(at, alone=alone)
        changes.touched[guild.id, user_id] = stay
