"""What lies ready for the destinations, and who is to send it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, func, literal_column, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import UpdateBase

from rallypoint.features.deliveries.model import (
    Delivery,
    DeliveryState,
    Destination,
    DestinationState,
)
from rallypoint.features.deliveries.rules.destinations import Kind
from rallypoint.features.deliveries.rules.facts import Fact
from rallypoint.kernel import bulk, jobs
from rallypoint.kernel.jobs import Planned

SEND = "deliveries.send"
SEND_SLOWLY = "deliveries.send_slowly"
SAY = "deliveries.say"
CHAIN = 20
"""So many of one subject are sent one after the other before what came of them is written down."""
READ_AT_ONCE = 200

delivery = cast(Table, Delivery.__table__)

# As a literal: SQLite and PostgreSQL use a partial index for nothing else.
PENDING: ColumnElement[bool] = delivery.c.state == literal_column(f"'{DeliveryState.PENDING}'")

Chain = Sequence[Delivery]
"""Some of one subject, in order."""


@dataclass(frozen=True, slots=True)
class Bound:
    """An event for a destination."""

    destination_id: int
    fact: Fact


async def enqueue(session: AsyncSession, bound: Sequence[Bound], *, now: datetime) -> None:
    """In this order; what lies there already stays as it is. For a destination that takes nothing: nowhere."""
    rows = {row.id: row for row in await _taking(session, {each.destination_id for each in bound})}
    wanted = [_row(each, now) for each in bound if each.destination_id in rows]
    if wanted:
        await bulk.execute_each(session, (_insert(session.get_bind().dialect.name), wanted))
        await wake(session, rows.values(), now=now)


async def wake(session: AsyncSession, rows: Iterable[Destination], *, now: datetime) -> None:
    """Have them be sent to, as soon as their health allows."""
    planned: defaultdict[str, list[Planned]] = defaultdict(list)
    for row in rows:
        if row.state == DestinationState.ACTIVE:
            due = max(now, row.next_try_at or now)
            kind = job_of(row)
            planned[kind].append(Planned(due, {"destination_id": row.id}, key_of(kind, row.id)))
    for kind, each in planned.items():
        await jobs.schedule_many(session, kind, each)


def job_of(row: Destination) -> str:
    if row.kind == Kind.DISCORD and "channel_id" in row.config:
        return SAY
    return SEND_SLOWLY if row.slowly else SEND


def key_of(kind: str, destination_id: int) -> str:
    return f"{kind}:{destination_id}"


async def _taking(session: AsyncSession, ids: Collection[int]) -> Sequence[Destination]:
    """Locked against who sends: it must see what we add, or we what it says of the destination's health."""
    taking = (DestinationState.ACTIVE, DestinationState.PAUSED)
    rows = select(Destination).where(Destination.id.in_(ids), Destination.state.in_(taking))
    locked = rows.order_by(Destination.id).with_for_update(read=True)
    return (await session.scalars(locked)).all()


def _row(each: Bound, now: datetime) -> dict[str, Any]:
    return {
        "destination_id": each.destination_id,
        "event_id": each.fact.id,
        "kind": each.fact.kind,
        "subject": each.fact.subject,
        "data": each.fact.data,
        "happened_at": each.fact.at,
        "state": DeliveryState.PENDING.value,
        "attempts": 0,
        "again": False,
        "created_at": now,
    }


@cache
def _insert(dialect: str) -> UpdateBase:
    insert = cast(Any, sqlite.insert if dialect == "sqlite" else postgresql.insert)(delivery)
    ignoring: UpdateBase = insert.on_conflict_do_nothing(
        index_elements=["destination_id", "event_id"]
    )
    return ignoring


async def heads(
    session: AsyncSession, destination_id: int, *, busy: Collection[str], most: int, now: datetime
) -> list[Chain]:
    """What is next, of *most* subjects: none of those that are *busy*, or whose first one has to wait."""
    ours = (delivery.c.destination_id == destination_id, PENDING, ~delivery.c.again)
    waiting = select(delivery.c.subject).where(*ours, delivery.c.due_at > now)
    query = select(Delivery).where(
        *ours, delivery.c.subject.not_in(busy), delivery.c.subject.not_in(waiting)
    )
    some = await session.scalars(query.order_by(delivery.c.id).limit(READ_AT_ONCE))
    chains: dict[str, list[Delivery]] = {}
    for row in some:
        chain = chains.setdefault(row.subject, [])
        if len(chain) < CHAIN:
            chain.append(row)
    found: list[Chain] = [*chains.values()]
    return found[:most]


async def probe(session: AsyncSession, destination_id: int) -> list[Chain]:
    """The one by which to see whether a destination is well again: of a subject that was not tried, if there is one,
    for it may be the event that is at fault."""
    ours = (delivery.c.destination_id == destination_id, PENDING, ~delivery.c.again)
    tried = select(delivery.c.subject).where(*ours, delivery.c.due_at.is_not(None))
    fresh = select(Delivery).where(*ours, delivery.c.subject.not_in(tried))
    first = await session.scalar(fresh.order_by(delivery.c.id).limit(1))
    if first is None:
        oldest = select(Delivery).where(*ours, delivery.c.due_at.is_not(None))
        first = await session.scalar(oldest.order_by(Delivery.attempts, delivery.c.id).limit(1))
    return [[first]] if first is not None else await replays(session, destination_id, busy=())


async def replays(
    session: AsyncSession,
    destination_id: int,
    *,
    busy: Collection[int],
    now: datetime | None = None,
) -> list[Chain]:
    """The next one; without *now* whenever it is due."""
    ours = (delivery.c.destination_id == destination_id, PENDING, delivery.c.again)
    query = select(Delivery).where(*ours, delivery.c.id.not_in(busy))
    if now is not None:
        query = query.where(delivery.c.due_at.is_(None) | (delivery.c.due_at <= now))
    row = await session.scalar(query.order_by(delivery.c.id).limit(1))
    return [] if row is None else [[row]]


async def next_due(session: AsyncSession, destination_id: int, now: datetime) -> datetime | None:
    """When something may be sent; None: nothing is left."""
    ours = (delivery.c.destination_id == destination_id, PENDING)
    if await heads(session, destination_id, busy=(), most=1, now=now):
        return now
    ready = select(delivery.c.id).where(*ours, delivery.c.again, delivery.c.due_at.is_(None))
    if await session.scalar(ready.limit(1)) is not None:
        return now
    first = select(func.min(delivery.c.due_at)).where(*ours, delivery.c.due_at.is_not(None))
    due: datetime | None = await session.scalar(first)
    return None if due is None else max(due, now)


async def is_left(session: AsyncSession, destination_id: int) -> bool:
    ours = (delivery.c.destination_id == destination_id, PENDING)
    return await session.scalar(select(delivery.c.id).where(*ours).limit(1)) is not None
