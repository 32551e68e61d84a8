"""What came of attempts, written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, assert_never, cast

from sqlalchemy import Table, bindparam, insert, null, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.deliveries.events import Disabled
from rallypoint.features.deliveries.model import (
    Delivery,
    DeliveryAttempt,
    DeliveryState,
    Destination,
    DestinationState,
)
from rallypoint.features.deliveries.rules.destinations import Kind, patience
from rallypoint.features.deliveries.rules.retries import (
    Again,
    Dead,
    Delivered,
    Fate,
    Trial,
    is_none,
    judge,
)
from rallypoint.features.guilds import api as guilds
from rallypoint.kernel import bulk, events
from rallypoint.kernel.db import storable
from rallypoint.kernel.ids import GuildId, UserId
from rallypoint.kernel.outlets import Receipt
from rallypoint.kernel.people import Operator

from .queueing import PENDING, delivery
from .rows import health_of, write_health
from .sealing import UNREADABLE

LONGEST_ANSWER = 1024
OURSELVES = Operator(name="the program")

_SETTLE = (
    update(delivery)
    .where(delivery.c.id == bindparam("of_id"))
    .values(
        {
            name: bindparam(f"new_{name}", type_=delivery.c[name].type)
            for name in ("state", "reason", "attempts", "due_at", "settled_at")
        }
    )
)
_NOTE = insert(cast(Table, DeliveryAttempt.__table__))


@dataclass(frozen=True, slots=True)
class Tried:
    """An attempt that has ended."""

    delivery: Delivery
    receipt: Receipt
    at: datetime
    chance: float


async def settle(
    session: AsyncSession, row: Destination, tried: Sequence[Tried], *, now: datetime
) -> bool:
    """False: some of it was settled by somebody else."""
    ids = [each.delivery.id for each in tried]
    alive = select(delivery.c.id).where(delivery.c.id.in_(ids), PENDING).with_for_update()
    ours = set(await session.scalars(alive))
    kept = patience(Kind(row.kind), row.config)
    was_ill = row.next_try_at is not None
    settled: list[dict[str, Any]] = []
    noted: list[dict[str, Any]] = []
    disabled: str | None = None
    for each in tried:
        if each.delivery.id not in ours:
            continue
        attempts = each.delivery.attempts + (not is_none(each.receipt))
        trial = Trial(attempts, each.receipt, now, each.chance)
        judgement = judge(trial, health_of(row), kept)
        write_health(row, judgement.health)
        disabled = disabled or judgement.disabled
        settled.append(_settled(each, judgement.fate, attempts, now))
        if not is_none(each.receipt):
            noted.append(_noted(each, row.id, judgement.fate))
        if isinstance(judgement.fate, Delivered):
            row.last_delivered_at = now
    await bulk.execute_each(session, (_SETTLE, settled), (_NOTE, noted))
    if was_ill and row.next_try_at is None:
        await _hurry(session, row.id)
    if disabled is not None:
        await disable(session, row, disabled, now=now)
    return len(ours) == len(ids)


async def disable(session: AsyncSession, row: Destination, reason: str, *, now: datetime) -> None:
    """What still waits is dead; it can be replayed. Those who look after the destination are told."""
    await bury(session, row.id, "disabled", now=now)
    await _stop(session, row, DestinationState.DISABLED, reason, now=now)


async def pause_unreadable(session: AsyncSession, row: Destination, *, now: datetime) -> None:
    """What comes is kept for it. Those who look after the destination are told."""
    await _stop(session, row, DestinationState.PAUSED, UNREADABLE, now=now)


async def _stop(
    session: AsyncSession, row: Destination, state: DestinationState, reason: str, *, now: datetime
) -> None:
    row.state, row.reason, row.updated_at = state, reason, now
    told = Disabled(
        row.id,
        None if row.guild_id is None else GuildId(row.guild_id),
        row.name,
        reason,
        None if row.created_by is None else UserId(row.created_by),
    )
    await events.record(session, told, at=now)
    await guilds.note(
        session,
        by=OURSELVES,
        action=f"deliveries.destination_{state}",
        subject=f"{row.id} {row.name}",
        after={"reason": reason},
        now=now,
        guild_id=row.guild_id,
    )


async def bury(session: AsyncSession, destination_id: int, reason: str, *, now: datetime) -> None:
    """All that waits for it."""
    waiting = update(delivery).where(delivery.c.destination_id == destination_id, PENDING)
    dead = {"state": DeliveryState.DEAD.value, "reason": reason, "due_at": null()}
    await session.execute(waiting.values(dead | {"settled_at": now}))


async def _hurry(session: AsyncSession, destination_id: int) -> None:
    """It is well again: what failed while it was not need not wait its time out."""
    waiting = update(delivery).where(
        delivery.c.destination_id == destination_id,
        PENDING,
        ~delivery.c.again,
        delivery.c.due_at.is_not(None),
    )
    await session.execute(waiting.values(due_at=null()))


def _settled(each: Tried, fate: Fate, attempts: int, now: datetime) -> dict[str, Any]:
    match fate:
        case Delivered():
            state, reason = DeliveryState.DELIVERED, None
        case Again():
            state, reason = DeliveryState.PENDING, fate.reason
        case Dead():
            state, reason = DeliveryState.DEAD, fate.reason
        case _:
            assert_never(fate)
    return {
        "of_id": each.delivery.id,
        "new_state": state.value,
        "new_reason": reason,
        "new_attempts": attempts,
        "new_due_at": fate.due_at if isinstance(fate, Again) else None,
        "new_settled_at": None if isinstance(fate, Again) else now,
    }


def _noted(each: Tried, destination_id: int, fate: Fate) -> dict[str, Any]:
    receipt = each.receipt
    return {
        "delivery_id": each.delivery.id,
        "destination_id": destination_id,
        "at": each.at,
        "seconds": receipt.seconds,
        "verdict": receipt.verdict.value,
        "status": receipt.status,
        "reason": receipt.reason[:60],
        "answer": storable(receipt.answer)[:LONGEST_ANSWER],
        "next_try_at": fate.due_at if isinstance(fate, Again) else None,
    }
