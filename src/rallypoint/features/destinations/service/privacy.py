"""What is kept about a person in what was sent, or waits to be: what it is, and how it goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, cast, delete, func, null, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.deliveries.api import Delivery, DeliveryAttempt, DeliveryState
from rallypoint.kernel import jobs
from rallypoint.kernel.ids import UserId

FORGOTTEN = "forgotten"
"""Why it is dead: somebody it was about wanted to be. It cannot be replayed."""
ERASE = "deliveries.erase"
"""A name that is kept: of those that wait when a new version comes."""
ERASED_AT_ONCE = 500
EXPORTED_AT_MOST = 10_000


async def export(session: AsyncSession, user_id: UserId) -> dict[str, Any]:
    """The newest, should they be very many; what an event says of others is left out."""
    newest = _naming(user_id).order_by(Delivery.id.desc()).limit(EXPORTED_AT_MOST + 1)
    rows = [row for row in await session.scalars(newest) if names(row.data, user_id)]
    return {
        "complete": len(rows) <= EXPORTED_AT_MOST,
        "deliveries": [_told(row, user_id) for row in rows[:EXPORTED_AT_MOST]],
    }


async def forget(session: AsyncSession, user_id: UserId, now: datetime) -> int:
    """By a job: there may be very many."""
    upto = await session.scalar(select(func.max(Delivery.id)))
    if upto is not None:
        args = {"user_id": user_id, "upto": upto}
        await jobs.schedule(session, ERASE, due=now, key=f"{ERASE}:{user_id}", **args)
    return 0


@dataclass(frozen=True, slots=True)
class Erased:
    next: int | None
    """The id to go on after; None: at the end."""


async def erase(
    session: AsyncSession, user_id: UserId, *, after: int, upto: int, now: datetime
) -> Erased:
    """From some of the deliveries. One that was to be sent is not, but for those that name many: of these it is one
    name less."""
    some = _naming(user_id).where(Delivery.id > after, Delivery.id <= upto)
    rows = (await session.scalars(some.order_by(Delivery.id).limit(ERASED_AT_ONCE))).all()
    gone = []
    for row in rows:
        if is_about(row.data, user_id):
            gone.append(row.id)
        elif names(row.data, user_id):
            row.data = without(row.data, user_id)
    if gone:
        ended = delete(DeliveryAttempt).where(DeliveryAttempt.delivery_id.in_(gone))
        await session.execute(ended)
        kept = {"data": {}, "state": DeliveryState.DEAD, "reason": FORGOTTEN, "due_at": null()}
        ours = update(Delivery).where(Delivery.id.in_(gone))
        await session.execute(
            ours.values(settled_at=func.coalesce(Delivery.settled_at, now), **kept)
        )
    return Erased(rows[-1].id if len(rows) == ERASED_AT_ONCE else None)


def names(data: Mapping[str, Any], user_id: int) -> bool:
    return is_about(data, user_id) or any(user_id in each for each in _lists(data))


def is_about(data: Mapping[str, Any], user_id: int) -> bool:
    """Ids are all of one kind: no channel has a person's."""
    return any(value == user_id for value in data.values() if isinstance(value, int))


def without(data: Mapping[str, Any], user_id: int) -> dict[str, Any]:
    return {
        name: [each for each in value if each != user_id] if isinstance(value, list) else value
        for name, value in data.items()
    }


def _lists(data: Mapping[str, Any]) -> Sequence[list[Any]]:
    return [value for value in data.values() if isinstance(value, list)]


def _naming(user_id: UserId) -> Any:
    """Those in which the digits stand, a few too many."""
    return select(Delivery).where(cast(Delivery.data, Text).contains(str(user_id)))


def _told(row: Delivery, user_id: UserId) -> dict[str, Any]:
    return {
        "id": row.event_id,
        "kind": row.kind,
        "subject": row.subject,
        "happened_at": row.happened_at.isoformat(),
        "state": row.state,
        "data": _theirs(row.data) if is_about(row.data, user_id) else {"user_ids": [str(user_id)]},
    }


def _theirs(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Where it was sent is the operator's."""
    if not isinstance(data.get("values"), dict):
        return data
    return {name: value for name, value in data.items() if name not in {"url", "sealed"}}
