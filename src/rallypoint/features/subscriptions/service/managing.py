"""Subscriptions of a guild, or of the operator. The caller owns the session and commits it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.conditions import api as conditions
from rallypoint.features.deliveries import api as deliveries
from rallypoint.features.deliveries.api import Destination, Kind, Made, Terms
from rallypoint.features.guilds import api as guilds
from rallypoint.features.subscriptions.model import Subscription
from rallypoint.features.subscriptions.rules import matching
from rallypoint.kernel.errors import NotFound, Refused
from rallypoint.kernel.ids import GuildId
from rallypoint.kernel.people import Actor, Asker, Permission

from . import judging


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
    checked = _checked(wanted.conditions, wanted.kinds)
    if wanted.subjects is not None:
        matching.check_subjects(wanted.subjects)
    destination = await deliveries.show(session, wanted.destination_id, by=by)
    await _check_room(session, guild_id)
    row = Subscription(
        guild_id=guild_id,
        destination_id=destination.id,
        kinds=list(wanted.kinds),
        subjects=None if wanted.subjects is None else list(wanted.subjects),
        conditions=checked,
        active=True,
        created_by=by.user_id,
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    await session.flush()
    await guilds.note(session, **_about(row, "added"), by=by, after=_told(row), now=now)
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


@dataclass(frozen=True, slots=True)
class Changes:
    """None: it stays."""

    kinds: Sequence[str] | None = None
    subjects: Sequence[str] | None = None
    """None of them: whatever it is about."""
    conditions: Mapping[str, Any] | None = None
    active: bool | None = None


async def edit(
    session: AsyncSession,
    subscription_id: int,
    changes: Changes,
    *,
    known: Sequence[str],
    by: Asker,
    now: datetime,
) -> Subscription:
    row = await show(session, subscription_id, by=by)
    await judging.locked(session, [row.id])
    before = _told(row)
    if changes.kinds is not None:
        matching.check_kinds(changes.kinds, known)
        row.kinds = list(changes.kinds)
    if changes.subjects is not None:
        if changes.subjects:
            matching.check_subjects(changes.subjects)
        row.subjects = list(changes.subjects) or None
    wanted = row.conditions if changes.conditions is None else changes.conditions
    row.conditions = _checked(wanted, row.kinds)
    if changes.active is not None:
        row.active = changes.active
    if _told(row) != before:
        await conditions.forget(session, row.id)
    row.updated_at = now
    await guilds.note(
        session, **_about(row, "edited"), by=by, before=before, after=_told(row), now=now
    )
    return row


async def of_destination(session: AsyncSession, destination_id: int) -> int:
    """How many lead there."""
    count = select(func.count()).select_from(Subscription)
    there = count.where(Subscription.destination_id == destination_id)
    return await session.scalar(there) or 0


class Users:
    """Answers `deliveries`."""

    async def count(self, session: AsyncSession, destination_id: int) -> int:
        return await of_destination(session, destination_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A subscription together with where it leads."""

    kinds: Sequence[str]
    subjects: Sequence[str] | None
    by: Kind
    to: str | None
    """An address, a key, or the name of a destination."""
    channel_id: int | None = None
    name: str | None = None
    text: str | None = None


async def add_whole(
    session: AsyncSession,
    wish: Wish,
    *,
    terms: Terms,
    known: Sequence[str],
    by: Asker,
    now: datetime,
) -> tuple[Subscription, Made]:
    """*to* may name a destination that is there already."""
    there = [each for each in await deliveries.listing(session, by=by) if each.name == wish.to]
    made = Made(there[0], None) if there else None
    if made is None:
        wanted = _destination(wish, await deliveries.listing(session, by=by))
        made = await deliveries.add(session, wanted, terms=terms, by=by, now=now)
    asked = Wanted(made.destination.id, wish.kinds, wish.subjects)
    return await add(session, asked, known=known, by=by, now=now), made


def _destination(wish: Wish, others: Sequence[Destination]) -> deliveries.Wanted:
    if (wish.to is None) == (wish.channel_id is None):
        code = "destination_place_missing" if wish.to is None else "destination_place_twice"
        raise Refused(code)
    config: dict[str, Any] = {}
    if wish.channel_id is not None:
        config["channel_id"] = str(wish.channel_id)
    else:
        config["key" if wish.by in (Kind.REDIS_LIST, Kind.REDIS_STREAM) else "url"] = wish.to
    if wish.text is not None:
        config["text"] = wish.text
    taken = {each.name for each in others}
    names = (f"{wish.by} {number}" for number in range(1, len(taken) + 2))
    name = wish.name or next(each for each in names if each not in taken)
    return deliveries.Wanted(name, wish.by, config)


async def pairs(session: AsyncSession, *, by: Asker) -> list[tuple[Subscription, Destination]]:
    there = {each.id: each for each in await deliveries.listing(session, by=by)}
    rows = await listing(session, by=by)
    return [(row, there[row.destination_id]) for row in rows if row.destination_id in there]


async def most(session: AsyncSession, *, by: Asker) -> int:
    """There may be."""
    return (await deliveries.limits(session, _place(by))).most_subscriptions


async def called(
    session: AsyncSession, which: str, *, by: Asker
) -> tuple[Subscription, Destination]:
    """The one of that number."""
    number = which.strip().removeprefix("#")
    found = [pair for pair in await pairs(session, by=by) if str(pair[0].id) == number]
    if not found:
        raise NotFound("subscription_unknown", subscription=which[:100])
    return found[0]


def first_wanted(row: Subscription, known: Sequence[str]) -> str:
    """Of the kinds there are."""
    return next((each for each in sorted(known) if matching.fits(row.kinds, each)), row.kinds[0])


async def remove_whole(
    session: AsyncSession, subscription_id: int, *, by: Asker, now: datetime
) -> Subscription:
    """With its destination, if nothing else leads there."""
    row = await remove(session, subscription_id, by=by, now=now)
    await session.flush()
    if not await of_destination(session, row.destination_id):
        await deliveries.remove(session, row.destination_id, users=None, by=by, now=now)
    return row


async def remove(
    session: AsyncSession, subscription_id: int, *, by: Asker, now: datetime
) -> Subscription:
    row = await show(session, subscription_id, by=by)
    await judging.locked(session, [row.id])
    await session.delete(row)
    await conditions.forget(session, row.id)
    await guilds.note(session, **_about(row, "removed"), by=by, before=_told(row), now=now)
    return row


def _checked(asked: Mapping[str, Any], kinds: Sequence[str]) -> dict[str, Any]:
    return conditions.written(conditions.check(asked, lambda kind: matching.fits(kinds, kind)))


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
    most = (await deliveries.limits(session, guild_id)).most_subscriptions
    if (await session.scalar(count) or 0) >= most:
        raise Refused("too_many_subscriptions", most=most)


def _told(row: Subscription) -> dict[str, Any]:
    return {
        "destination": row.destination_id,
        "kinds": row.kinds,
        "subjects": row.subjects,
        "conditions": row.conditions,
        "active": row.active,
    }


def _about(row: Subscription, done: str) -> guilds.About:
    return {
        "action": f"subscriptions.{done}",
        "subject": str(row.id),
        "guild_id": row.guild_id,
    }
