"""What was sent to a destination, and how it went."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, false, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.deliveries import api
from rallypoint.features.deliveries.api import Delivery, DeliveryAttempt, DeliveryState
from rallypoint.features.destinations.rules import curl
from rallypoint.kernel.errors import NotFound
from rallypoint.kernel.people import Asker

MOST_ATTEMPTS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Filter:
    state: DeliveryState | None = None
    kind: str | None = None
    before: int | None = None
    """Only those with a smaller id."""


async def deliveries(
    session: AsyncSession,
    destination_id: int,
    wanted: Filter,
    *,
    most: int,
    by: Asker,
) -> Sequence[Delivery]:
    """The newest first."""
    await api.show(session, destination_id, by=by)
    return (await session.scalars(newest(wanted, [destination_id], most))).all()


def newest(wanted: Filter, of: Collection[int], most: int) -> Select[Delivery]:
    """*of*: destinations. Each of their states is read from its end of the index, however much there is."""
    states = list(DeliveryState) if wanted.state is None else [wanted.state]
    ends = [
        select(_some(each, state, wanted).order_by(Delivery.id.desc()).limit(most).subquery())
        for each in of
        for state in states
    ]
    rows = select(Delivery).order_by(Delivery.id.desc()).limit(most)
    return rows.where(Delivery.id.in_(union_all(*ends)) if ends else false())


def _some(destination_id: int, state: DeliveryState, wanted: Filter) -> Select[int]:
    rows = select(Delivery.id).where(
        Delivery.destination_id == destination_id, Delivery.state == state
    )
    if wanted.kind is not None:
        rows = rows.where(Delivery.kind == wanted.kind)
    if wanted.before is not None:
        rows = rows.where(Delivery.id < wanted.before)
    return rows


async def delivery(
    session: AsyncSession, destination_id: int, delivery_id: int, *, by: Asker
) -> Delivery:
    await api.show(session, destination_id, by=by)
    row = await session.get(Delivery, delivery_id)
    if row is None or row.destination_id != destination_id:
        raise NotFound("delivery_unknown", delivery=delivery_id)
    return row


async def attempts(
    session: AsyncSession, deliveries: Sequence[Delivery]
) -> dict[int, list[DeliveryAttempt]]:
    """By delivery, the newest first."""
    ids = [each.id for each in deliveries]
    rows = select(DeliveryAttempt).where(DeliveryAttempt.delivery_id.in_(ids))
    found: dict[int, list[DeliveryAttempt]] = {each: [] for each in ids}
    for row in await session.scalars(rows.order_by(DeliveryAttempt.id.desc())):
        if len(found[row.delivery_id]) < MOST_ATTEMPTS_SHOWN:
            found[row.delivery_id].append(row)
    return found


async def as_curl(
    session: AsyncSession, destination_id: int, delivery_id: int, *, by: Asker, now: datetime
) -> str:
    """What is sent, as a line for a shell; without what only receiver and sender may know."""
    row = await delivery(session, destination_id, delivery_id, by=by)
    destination = await api.show(session, destination_id, by=by)
    return curl.line(api.as_sent(session, destination, row, now=now))
