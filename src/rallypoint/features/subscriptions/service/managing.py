"""Subscriptions of a guild, or of the operator. The caller owns the session and commits it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.deliveries import api as deliveries
from rallypoint.features.guilds import api as guilds
from rallypoint.features.subscriptions.model import Subscription
from rallypoint.features.subscriptions.rules import matching
from rallypoint.kernel.errors import NotFound, Refused
from rallypoint.kernel.ids import GuildId
from rallypoint.kernel.people import Actor, Asker, Permission

MOST_OF_GUILD = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    destination_id: int
    kinds: Sequence[str]
    subjects: Sequence[str] | None = None
    conditions: Mapping[str, Any] = field(default_factory=dict)


async def add(
    session: AsyncSession, wanted: Wanted, *, known: Sequence[str], by: Asker, now: datetime
) -> Subscription:
    """*known*: the kinds of events there are."""
    guild_id = _place(by)
    matching.check_kinds(wanted.kinds, known)
    if wanted.subjects is not None:
        matching.check_subjects(wanted.subjects)
    destination = await deliveries.show(session, wanted.destination_id, by=by)
    await _check_room(session, guild_id)
    row = Subscription(
        guild_id=guild_id,
        destination_id=destination.id,
        kinds=list(wanted.kinds),
        subjects=None if wanted.subjects is None else list(wanted.subjects),
        conditions=dict(wanted.conditions),
        created_by=by.user_id,
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    await session.flush()
    await _note(session, row, "added", by=by, after=_told(row), now=now)
    return row


async def show(session: AsyncSession, subscription_id: int, *, by: Asker) -> Subscription:
    guild_id = _place(by)
    row = await session.get(Subscription, subscription_id)
    if row is None or (isinstance(by, Actor) and row.guild_id != guild_id):
        raise NotFound("subscription_unknown", subscription=subscription_id)
    return row


async def listing(session: AsyncSession, *, by: Asker) -> Sequence[Subscription]:
    rows = select(Subscription).where(_of(_place(by))).order_by(Subscription.id)
    return (await session.scalars(rows)).all()


async def remove(
    session: AsyncSession, subscription_id: int, *, by: Asker, now: datetime
) -> Subscription:
    row = await show(session, subscription_id, by=by)
    await session.delete(row)
    await _note(session, row, "removed", by=by, before=_told(row), now=now)
    return row


def _place(by: Asker) -> GuildId | None:
    if isinstance(by, Actor):
        by.check_may(Permission.MANAGE_GUILD)
        return by.guild_id
    return None


def _of(guild_id: GuildId | None) -> ColumnElement[bool]:
    if guild_id is None:
        return Subscription.guild_id.is_(None)
    return Subscription.guild_id == guild_id


async def _check_room(session: AsyncSession, guild_id: GuildId | None) -> None:
    if guild_id is None:
        return
    count = select(func.count()).select_from(Subscription).where(_of(guild_id))
    if (await session.scalar(count) or 0) >= MOST_OF_GUILD:
        raise Refused("too_many_subscriptions", most=MOST_OF_GUILD)


def _told(row: Subscription) -> dict[str, Any]:
    return {
        "destination": row.destination_id,
        "kinds": row.kinds,
        "subjects": row.subjects,
        "conditions": row.conditions,
    }


async def _note(
    session: AsyncSession,
    row: Subscription,
    done: str,
    *,
    by: Asker,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    await guilds.note(
        session,
        by=by,
        action=f"subscriptions.{done}",
        subject=str(row.id),
        before=before,
        after=after,
        now=now,
        guild_id=row.guild_id,
    )
