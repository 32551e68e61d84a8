"""One's own data: whether it is kept, what it is, and how it goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.presence import rules
from rallypoint.features.presence.model import VoiceOptOut, VoiceStay
from rallypoint.kernel import jobs
from rallypoint.kernel.commits import announce
from rallypoint.kernel.db import add_unless_there
from rallypoint.kernel.events import Outbox
from rallypoint.kernel.ids import UserId

from .history import VEILED_FOR
from .writing import veil

ERASE = "presence.erase"
EXPORTED_AT_MOST = 30_000
ERASED_AT_ONCE = 1000
KINDS = "presence.%"
TOPIC = "rallypoint_voice_privacy"
"""Announced when a choice was made."""


async def wants_history(session: AsyncSession, user_id: UserId) -> bool:
    return await session.get(VoiceOptOut, user_id) is None


async def choose(session: AsyncSession, user_id: UserId, *, history: bool, now: datetime) -> None:
    """It counts for the present stay, too. Who keeps the ledger is told."""
    if history:
        await session.execute(delete(VoiceOptOut).where(VoiceOptOut.user_id == user_id))
    else:
        await add_unless_there(session, VoiceOptOut, user_id=user_id, since=now)
    announce(session, TOPIC, now)


async def export(session: AsyncSession, user_id: UserId) -> dict[str, Any]:
    """All that is kept about them, in every guild: of nobody else. The newest stays, should they be very many."""
    opted_out = await session.get(VoiceOptOut, user_id)
    stays = select(VoiceStay).where(VoiceStay.user_id == user_id)
    newest = stays.order_by(VoiceStay.started_at.desc(), VoiceStay.id.desc())
    rows = list(await session.scalars(newest.limit(EXPORTED_AT_MOST + 1)))
    return {
        "history": opted_out is None,
        "no_history_since": opted_out and opted_out.since.isoformat(),
        "complete": len(rows) <= EXPORTED_AT_MOST,
        "stays": [_told(row) for row in rows[:EXPORTED_AT_MOST]],
    }


def _told(row: VoiceStay) -> dict[str, Any]:
    return {
        "guild_id": str(row.guild_id),
        "channel_id": str(row.channel_id),
        "started_at": row.started_at.isoformat(),
        "start_estimated": row.start_estimated,
        "ended_at": row.ended_at and row.ended_at.isoformat(),
        "end_estimated": row.end_estimated,
        "muted_seconds": round(row.muted_seconds),
        "deafened_seconds": round(row.deafened_seconds),
        "alone_seconds": round(row.alone_seconds),
        "unseen_seconds": round(row.unseen_seconds),
        "now": rules.named(row.flags) if row.ended_at is None else [],
    }


async def count(session: AsyncSession, user_id: UserId) -> int:
    """Their ended stays."""
    ended = (VoiceStay.user_id == user_id, VoiceStay.ended_at.is_not(None))
    stays = await session.scalar(select(func.count()).select_from(VoiceStay).where(*ended))
    return stays or 0


async def forget(session: AsyncSession, user_id: UserId, now: datetime) -> int:
    """Their ended stays at once, how many; and soon, by a job, what was recorded of them for others."""
    theirs = (VoiceStay.user_id == user_id, VoiceStay.ended_at.is_not(None))
    ends = select(VoiceStay.id, VoiceStay.ended_at).where(
        *theirs, VoiceStay.ended_at >= now - VEILED_FOR
    )
    fresh = (await session.execute(ends)).all()
    for stay_id, ended_at in fresh:
        veiled = update(VoiceStay).where(VoiceStay.id == stay_id)
        if ended_at is not None:
            await session.execute(veiled.values(**veil(ended_at)))
    result = await session.execute(delete(VoiceStay).where(*theirs))
    upto = await session.scalar(select(func.max(Outbox.position)))
    if upto is not None:
        args = {"user_id": user_id, "upto": upto}
        await jobs.schedule(session, ERASE, due=now, key=f"{ERASE}:{user_id}", **args)
    return len(fresh) + cast("CursorResult[Any]", result).rowcount


@dataclass(frozen=True, slots=True)
class Erased:
    next: int | None
    """The position to go on after; None: at the end."""
    waiting: bool
    """Some were not handed on yet, and are left."""


async def erase(session: AsyncSession, user_id: UserId, *, after: int, upto: int) -> Erased:
    """Their traces in some of the events after that position."""
    some = (
        select(Outbox.position, Outbox.kind, Outbox.data, Outbox.relayed_at)
        .where(Outbox.position > after, Outbox.position <= upto, Outbox.kind.like(KINDS))
        .order_by(Outbox.position)
        .limit(ERASED_AT_ONCE)
    )
    rows = (await session.execute(some)).all()
    theirs = [row for row in rows if _names(row.data, user_id)]
    gone = [row.position for row in theirs if row.relayed_at and row.data.get("user_id") == user_id]
    if gone:
        await session.execute(delete(Outbox).where(Outbox.position.in_(gone)))
    for row in theirs:
        if row.relayed_at and "user_ids" in row.data:
            others = [each for each in row.data["user_ids"] if each != user_id]
            veiled = update(Outbox).where(Outbox.position == row.position)
            await session.execute(veiled.values(data=row.data | {"user_ids": others}))
    return Erased(
        rows[-1].position if len(rows) == ERASED_AT_ONCE else None,
        any(row.relayed_at is None for row in theirs),
    )


def _names(data: Mapping[str, Any], user_id: UserId) -> bool:
    return data.get("user_id") == user_id or user_id in data.get("user_ids", ())
