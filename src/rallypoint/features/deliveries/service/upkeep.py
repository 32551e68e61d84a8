"""That nothing is left lying, and nothing is kept for ever."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.deliveries.model import (
    Delivery,
    DeliveryAttempt,
    DeliverySettings,
    DeliveryState,
    Destination,
    DestinationState,
)
from rallypoint.features.guilds import api as guilds
from rallypoint.kernel.jobs import Timer, TimerState
from rallypoint.ui.web.languages import N_

from . import queueing, sealing, settling
from .queueing import PENDING, delivery

KEPT_DAYS = "deliveries.kept_days"
FORGOTTEN_AT_ONCE = 2000
TOO_OLD = "too_old"


async def look_after(session: AsyncSession, now: datetime) -> int:
    """Wake those to whom something is to be sent and whom no job has in mind: it failed for good; how many."""
    waiting = exists().where(delivery.c.destination_id == Destination.id, PENDING)
    rows = select(Destination).where(Destination.state == DestinationState.ACTIVE, waiting)
    found = (await session.scalars(rows)).all()
    keys = {queueing.key_of(queueing.job_of(row), row.id): row for row in found}
    alive = select(Timer.key).where(
        Timer.key.in_(keys), Timer.state.in_([TimerState.WAITING, TimerState.CLAIMED])
    )
    cared_for = set(await session.scalars(alive))
    left = [row for key, row in keys.items() if key not in cared_for]
    await queueing.wake(session, left, now=now)
    return len(left)


async def seal(session: AsyncSession, now: datetime) -> Sequence[str]:
    """What former versions wrote in plain text, or an old key sealed. The names of those that are paused because
    nothing opens theirs; who was, and is not any more, goes on."""
    there = select(Destination).where(Destination.state != DestinationState.REMOVED)
    paused: list[str] = []
    for row in await session.scalars(there.order_by(Destination.id).with_for_update()):
        if not sealing.is_readable(session, row):
            paused.append(row.name)
            if row.state == DestinationState.ACTIVE:
                await settling.pause_unreadable(session, row, now=now)
            continue
        sealing.renew(session, row, now=now)
        if row.reason == sealing.UNREADABLE:
            row.state, row.reason = DestinationState.ACTIVE, None
            await queueing.wake(session, [row], now=now)
    return paused


async def figures(session: AsyncSession) -> Mapping[str, int]:
    waiting = select(func.count()).select_from(delivery).where(PENDING)
    count = select(func.count()).select_from(Destination)
    disabled = count.where(Destination.state == DestinationState.DISABLED)
    failing = count.where(
        Destination.state == DestinationState.ACTIVE, Destination.next_try_at.is_not(None)
    )
    return {
        N_("deliveries waiting"): await session.scalar(waiting) or 0,
        N_("destinations failing"): await session.scalar(failing) or 0,
        N_("destinations disabled"): await session.scalar(disabled) or 0,
    }


async def unreadable(session: AsyncSession) -> Sequence[str]:
    """The names of those that wait for a key, or for another address and secret."""
    names = select(Destination.name).where(Destination.reason == sealing.UNREADABLE)
    return (await session.scalars(names.order_by(Destination.id))).all()


async def forget_old(session: AsyncSession, now: datetime) -> int:
    """Some of what is older than its guild keeps it. What could not be sent for so long is dead first."""
    days = dict(await guilds.of_guilds(session, KEPT_DAYS))
    others = days.pop(None, DeliverySettings().kept_days)
    mine = Destination.guild_id
    elsewhere = or_(mine.is_(None), mine.not_in(list(days)))
    forgotten = await _forget(session, elsewhere, now - timedelta(days=others), now)
    for guild_id, kept in days.items():
        if forgotten < FORGOTTEN_AT_ONCE:
            before = now - timedelta(days=kept)
            forgotten += await _forget(session, mine == guild_id, before, now)
    return forgotten


async def _forget(
    session: AsyncSession, of: ColumnElement[bool], before: datetime, now: datetime
) -> int:
    theirs = select(Destination.id).where(of)
    old = select(DeliveryAttempt.id).where(
        DeliveryAttempt.at < before, DeliveryAttempt.destination_id.in_(theirs)
    )
    ours = delivery.c.destination_id.in_(theirs)
    settled = select(delivery.c.id).where(delivery.c.settled_at < before, ours)
    stale = select(delivery.c.id).where(PENDING, delivery.c.created_at < before, ours)
    dead = {"state": DeliveryState.DEAD, "reason": TOO_OLD, "settled_at": now}
    statements: list[Any] = [
        delete(DeliveryAttempt).where(DeliveryAttempt.id.in_(old.limit(FORGOTTEN_AT_ONCE))),
        delete(Delivery).where(Delivery.id.in_(settled.limit(FORGOTTEN_AT_ONCE))),
        update(Delivery).where(Delivery.id.in_(stale.limit(FORGOTTEN_AT_ONCE))).values(**dead),
    ]
    total = 0
    for statement in statements:
        result = await session.execute(statement.execution_options(synchronize_session=False))
        total += cast("CursorResult[Any]", result).rowcount
    return total
