"""The log of all destinations of one who asks, in one list. Locks nothing: it is looked at while they are sent to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.deliveries import api
from rallypoint.features.deliveries.api import (
    Delivery,
    DeliveryAttempt,
    DeliveryState,
    Destination,
)
from rallypoint.kernel.errors import NotFound
from rallypoint.kernel.people import Asker

from . import log
from .log import Filter

MOST_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class Log:
    deliveries: Sequence[Delivery]
    last: Mapping[int, DeliveryAttempt]
    """By delivery; none: it was not tried yet."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Up to `MOST_COUNTED` each."""

    waiting: int
    dead: int


Mine = Mapping[int, Destination]


async def mine(session: AsyncSession, *, by: Asker) -> Mine:
    """Those that they look after, by id."""
    return {row.id: row for row in await api.listing(session, by=by)}


async def newest(session: AsyncSession, wanted: Filter, *, of: Collection[int], most: int) -> Log:
    """*of*: destinations of one's own."""
    rows = (await session.scalars(log.newest(wanted, of, most))).all()
    tries = await log.attempts(session, rows)
    return Log(rows, {number: each[0] for number, each in tries.items() if each})


async def one(
    session: AsyncSession, delivery_id: int, *, by: Asker
) -> tuple[Delivery, Destination, Sequence[DeliveryAttempt]]:
    there = await mine(session, by=by)
    row = await session.get(Delivery, delivery_id)
    if row is None or row.destination_id not in there:
        raise NotFound("delivery_unknown", delivery=delivery_id)
    tries = await log.attempts(session, [row])
    return row, there[row.destination_id], tries[row.id]


async def figures(session: AsyncSession, *, of: Collection[int]) -> Figures:
    waiting, dead = [
        await session.scalar(select(func.count()).select_from(some.subquery())) or 0
        for some in (
            select(Delivery.id)
            .where(Delivery.destination_id.in_(of), Delivery.state == state)
            .limit(MOST_COUNTED)
            for state in (DeliveryState.PENDING, DeliveryState.DEAD)
        )
    ]
    return Figures(waiting, dead)
