"""From the ledger into the database, and back. The caller owns the session and commits it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.guilds import api as guilds
from rallypoint.features.presence.model import (
    PresenceSettings,
    VoiceCheck,
    VoiceOptOut,
    VoiceSight,
    VoiceStay,
)
from rallypoint.features.presence.rules import Changes, Closed, Ledger, Opened, Sight, Stay, Wishes
from rallypoint.kernel import bulk, events
from rallypoint.kernel.feature import Sessions
from rallypoint.kernel.ids import ChannelId, GuildId, UserId

BOTS_COUNT = "presence.bots_count"
NOBODY = 0
PARTS = {f"{part}_seconds": part for part in ("muted", "deafened", "alone", "unseen")}
Row = dict[str, Any]

_stay = cast(Table, VoiceStay.__table__)
_START = insert(_stay)
_OF = (
    _stay.c.guild_id == bindparam("in_guild"),
    _stay.c.user_id == bindparam("of_user"),
    _stay.c.ended_at.is_(None),
)
_CHANGE = update(_stay).where(*_OF)
_sight = cast(Table, VoiceSight.__table__)
_LOOK_AWAY = delete(_sight).where(_sight.c.guild_id == bindparam("in_guild"))
_SEE = insert(_sight)


async def forget_sight(session: AsyncSession) -> None:
    """At the start of a gateway session nothing is known of any guild until its snapshot."""
    await session.execute(update(VoiceSight).values(sight=Sight.UNKNOWN))


async def load(session: AsyncSession, *, heard: Callable[[str], bool], now: datetime) -> Ledger:
    """The ledger as it was stored last: the open stays. *heard*: see `Ledger`."""
    ledger = Ledger(heard=heard, wishes=await read_wishes(session, now=now))
    rows = await session.execute(select(*_stay.c).where(_stay.c.ended_at.is_(None)))
    for row in rows:
        stay = Stay(
            *(ChannelId(row.channel_id), row.started_at, row.bot, row.start_estimated),
            *(row.flags, row.counts, row.counted_at or datetime.min),
            same_since=row.same_since or datetime.min,
            **{part: getattr(row, column) for column, part in PARTS.items()},
        )
        ledger.restore(GuildId(row.guild_id), UserId(row.user_id), stay)
    await _load_seen(session, ledger)
    return ledger


async def _load_seen(session: AsyncSession, ledger: Ledger) -> None:
    """Until when we looked: a known guild until the last check, another one until we looked away."""
    checked_at = await session.scalar(select(VoiceCheck.at))
    for guild_id, sight, at in await session.execute(
        select(VoiceSight.guild_id, VoiceSight.sight, VoiceSight.at)
    ):
        known = sight == Sight.KNOWN and checked_at is not None
        ledger.seen(GuildId(guild_id), max(at, checked_at) if known and checked_at else at)


async def read_wishes(session: AsyncSession, *, now: datetime) -> Wishes:
    chosen = await guilds.of_guilds(session, BOTS_COUNT)
    differing = {guild_id: bots for guild_id, bots in chosen.items() if guild_id is not None}
    without_history = await session.scalars(select(VoiceOptOut.user_id))
    return Wishes(
        now,
        chosen.get(None, PresenceSettings().bots_count),
        differing,
        frozenset(UserId(user_id) for user_id in without_history),
    )


async def store(session: AsyncSession, changes: Changes) -> None:
    """Write what steps of the ledger did: stays, sight and events, in one transaction."""
    batches = _Rows(changes).batches()
    await bulk.execute_each(session, *batches, events.batch(session, changes.facts))


async def store_alone(sessions: Sessions, changes: Changes) -> None:
    """The same in a transaction that has nothing else in it: what every voice event is."""
    told = {events.TOPIC: changes.facts[0][1]} if changes.facts else {}
    rows = _Rows(changes)
    batches = [*rows.batches(), events.written(changes.facts)]
    await bulk.write(sessions, batches, told, apart=rows.are_apart)


class _Rows:
    """What changes are to the tables. A stay that began and ended within them is one row."""

    def __init__(self, changes: Changes) -> None:
        self.veiled: list[Row] = []
        self.ended: list[Row] = []
        self.started: list[Row] = []
        self.sights = changes.sights.items()
        fresh: dict[tuple[GuildId, UserId], Row] = {}
        written: set[int] = set()
        for change in changes.stays:
            key = (change.guild_id, change.user_id)
            written.add(id(change.stay))
            match change:
                case Opened():
                    fresh[key] = _new(change)
                    self.started.append(fresh[key])
                case Closed() if key in fresh:
                    row = fresh.pop(key)
                    row.update(_ended(change) if change.kept else veil(change.at))
                case Closed() if change.kept:
                    self.ended.append(_of(*key, _ended(change)))
                case Closed():
                    self.veiled.append(_of(*key, veil(change.at)))
        touched = changes.touched.items()
        self.going_on = [_of(*k, _spent(stay)) for k, stay in touched if id(stay) not in written]

    @property
    def are_apart(self) -> bool:
        """Who moves has a stay that ends and one that starts."""
        return not self.sights and not (self.started and (self.ended or self.veiled))

    def batches(self) -> list[bulk.Batch]:
        seen = [{"guild_id": each, "sight": sight, "at": at} for each, (sight, at) in self.sights]
        changed = [(_CHANGE, rows) for rows in (self.veiled, self.ended, self.going_on)]
        unseen = [{"in_guild": guild_id} for guild_id, _ in self.sights]
        return [*changed, (_START, self.started), (_LOOK_AWAY, unseen), (_SEE, seen)]


def _of(guild_id: GuildId, user_id: UserId, row: Row) -> Row:
    return {"in_guild": guild_id, "of_user": user_id, **row}


def _ended(change: Closed) -> Row:
    return {"ended_at": change.at, "end_estimated": change.estimated, **_spent(change.stay)}


def veil(at: datetime) -> Row:
    """Of one who wants no history only this is left, and that for a day: somebody left the channel *at* that moment.
    How long an empty room stays hangs on it."""
    return {
        "user_id": NOBODY,
        "started_at": at,
        "ended_at": at,
        "start_estimated": True,
        "end_estimated": True,
        "flags": 0,
        "counted_at": at,
        "same_since": at,
        **dict.fromkeys(PARTS, 0.0),
    }


def _new(change: Opened) -> Row:
    stay = change.stay
    return {
        "guild_id": change.guild_id,
        "channel_id": stay.channel_id,
        "user_id": change.user_id,
        "bot": stay.bot,
        "started_at": stay.since,
        "ended_at": None,
        "start_estimated": stay.estimated,
        "end_estimated": False,
        **_spent(stay),
    }


def _spent(stay: Stay) -> Row:
    return {
        "flags": stay.flags,
        "counts": stay.counts,
        "counted_at": stay.counted_at,
        "same_since": stay.same_since,
        "muted_seconds": stay.muted,
        "deafened_seconds": stay.deafened,
        "alone_seconds": stay.alone,
        "unseen_seconds": stay.unseen,
    }
