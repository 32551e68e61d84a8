"""What was sent already, or given up on, is sent again: with the id it had, after all that is new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, bindparam, func, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.deliveries import api
from rallypoint.features.deliveries.api import (
    Bound,
    Delivery,
    DeliveryState,
    Destination,
    DestinationState,
    Fact,
)
from rallypoint.features.destinations.rules import samples
from rallypoint.features.guilds import api as guilds
from rallypoint.kernel.errors import Conflict, NotFound
from rallypoint.kernel.events import Event
from rallypoint.kernel.ids import GuildId, ulid
from rallypoint.kernel.people import Asker
from rallypoint.kernel.words import Words

from .privacy import FORGOTTEN

MOST = 10_000

delivery = cast(Table, Delivery.__table__)
_NOT_ACTIVE = {
    DestinationState.PAUSED.value: Words("paused"),
    DestinationState.DISABLED.value: Words("disabled"),
}
PENDING = delivery.c.state == literal_column(f"'{DeliveryState.PENDING}'")

_AGAIN = (
    update(delivery)
    .where(delivery.c.id == bindparam("of_id"))
    .values(
        state=DeliveryState.PENDING.value,
        again=True,
        attempts=0,
        reason=None,
        settled_at=None,
        due_at=bindparam("new_due_at", type_=delivery.c.due_at.type),
    )
)


@dataclass(frozen=True, slots=True)
class Which:
    """All that is said must fit."""

    ids: Sequence[int] | None = None
    since: datetime | None = None
    until: datetime | None = None
    """When it happened; the last moment is not among them."""
    failed: bool = False
    """Only dead ones."""


async def replay(
    session: AsyncSession, destination_id: int, which: Which, *, by: Asker, now: datetime
) -> int:
    """How many; the oldest first, so many a second. What waits to be sent stays as it is."""
    row = await api.show(session, destination_id, by=by)
    _check_active(row)
    query = select(delivery.c.id).where(*_fitting(destination_id, which)).order_by(delivery.c.id)
    ids = (await session.scalars(query.limit(MOST))).all()
    guild_id = None if row.guild_id is None else GuildId(row.guild_id)
    apart = timedelta(seconds=1 / (await api.limits(session, guild_id)).replays_a_second)
    first = await _free_from(session, destination_id, now, apart)
    due = [first + number * apart for number in range(len(ids))]
    rows = [{"of_id": each, "new_due_at": at} for each, at in zip(ids, due, strict=True)]
    if rows:
        await (await session.connection()).execute(_AGAIN, rows)
        await guilds.note(
            session,
            by=by,
            action="deliveries.replayed",
            subject=f"{row.id} {row.name}",
            after={"count": len(rows)},
            now=now,
            guild_id=row.guild_id,
        )
        await api.wake(session, [row], now=now)
    return len(rows)


@dataclass(frozen=True, slots=True)
class Replayed:
    count: int
    left: Sequence[str]
    """Those that are not active, and so get nothing: their names."""


async def replay_named(
    session: AsyncSession, ids: Sequence[int], *, by: Asker, now: datetime
) -> int:
    """Deliveries of any destinations of one's own: all of them, or none. How many."""
    there = {each.id for each in await api.listing(session, by=by)}
    found = select(delivery.c.id, delivery.c.destination_id).where(delivery.c.id.in_(ids))
    known = {row.id: row.destination_id for row in await session.execute(found)}
    for each in ids:
        if known.get(each) not in there:
            raise NotFound("delivery_unknown", delivery=each)
    total = 0
    # In this order: two who do the same must not wait for each other.
    for destination_id in sorted(set(known.values())):
        theirs = [each for each in ids if known[each] == destination_id]
        total += await replay(session, destination_id, Which(theirs), by=by, now=now)
    return total


async def replay_all(
    session: AsyncSession, destination_id: int | None, which: Which, *, by: Asker, now: datetime
) -> Replayed:
    """Of one destination, or of all that are active."""
    meant, left = await _meant(session, destination_id, by=by)
    count = 0
    for each in meant:
        count += await replay(session, each, which, by=by, now=now)
    return Replayed(count, left)


async def fitting(
    session: AsyncSession, destination_id: int | None, which: Which, *, by: Asker
) -> Replayed:
    """How many `replay_all` would send again now."""
    meant, left = await _meant(session, destination_id, by=by)
    count = 0
    for each in meant:
        some = select(delivery.c.id).where(*_fitting(each, which)).limit(MOST)
        count += await session.scalar(select(func.count()).select_from(some.subquery())) or 0
    return Replayed(count, left)


async def _meant(
    session: AsyncSession, destination_id: int | None, *, by: Asker
) -> tuple[Sequence[int], Sequence[str]]:
    """Raise Conflict for one that is named and not active."""
    if destination_id is not None:
        row = await api.show(session, destination_id, by=by)
        _check_active(row)
        return [row.id], ()
    there = await api.listing(session, by=by)
    active = [each.id for each in there if each.state == DestinationState.ACTIVE]
    return active, [each.name for each in there if each.state != DestinationState.ACTIVE]


def _check_active(row: Destination) -> None:
    if row.state != DestinationState.ACTIVE:
        raise Conflict("destination_not_active", name=row.name, state=_NOT_ACTIVE[row.state])


async def test(
    session: AsyncSession, destination_id: int, event: type[Event], *, by: Asker, now: datetime
) -> Delivery:
    """A made-up event of that kind, sent like any other; it says that it is a test."""
    row = await api.show(session, destination_id, by=by)
    _check_active(row)
    event_id = ulid(now)
    guild_id = GuildId(row.guild_id or 0)
    data = samples.data(event, guild_id=guild_id, now=now) | {"test": True}
    fact = Fact(event_id, event.kind, f"test:{event_id}", now, data)
    await api.enqueue(session, [Bound(row.id, fact)], now=now)
    made = select(Delivery).where(Delivery.destination_id == row.id, Delivery.event_id == event_id)
    return (await session.scalars(made)).one()


def _fitting(destination_id: int, which: Which) -> list[ColumnElement[bool]]:
    fitting: list[ColumnElement[bool]] = [
        delivery.c.destination_id == destination_id,
        ~PENDING,
        delivery.c.reason.is_distinct_from(FORGOTTEN),
    ]
    if which.ids is not None:
        fitting.append(delivery.c.id.in_(which.ids))
    if which.since is not None:
        fitting.append(delivery.c.happened_at >= which.since)
    if which.until is not None:
        fitting.append(delivery.c.happened_at < which.until)
    if which.failed:
        fitting.append(delivery.c.state == DeliveryState.DEAD)
    return fitting


async def _free_from(
    session: AsyncSession, destination_id: int, now: datetime, apart: timedelta
) -> datetime:
    """After those that are being replayed already."""
    last: Any = await session.scalar(
        select(func.max(delivery.c.due_at)).where(
            delivery.c.destination_id == destination_id, PENDING, delivery.c.again
        )
    )
    return now if last is None else max(now, last + apart)
