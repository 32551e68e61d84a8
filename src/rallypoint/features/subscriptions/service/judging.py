"""Subscriptions with conditions: in the transaction that hands events on, and later, when a wait is over."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.conditions import api as conditions
from rallypoint.features.conditions.api import Evaluation, Heard, Listener, Outcome, Place, Ruling
from rallypoint.features.deliveries import api as deliveries
from rallypoint.features.deliveries.api import Bound, Fact
from rallypoint.features.subscriptions.model import Subscription
from rallypoint.features.subscriptions.rules import matching
from rallypoint.kernel import jobs
from rallypoint.kernel.events import Outbox
from rallypoint.kernel.ids import GuildId, UserId
from rallypoint.kernel.jobs import Planned, Work

RIPEN = "subscriptions.ripen"
CHECK_ROLES = "subscriptions.check_roles"
SOON = timedelta(milliseconds=250)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Wants:
    kinds: Sequence[str]
    subjects: Sequence[str] | None

    def kind(self, kind: str) -> bool:
        return matching.fits(self.kinds, kind)

    def subject(self, subject: str) -> bool:
        return matching.is_about(self.subjects, subject)


def listener(row: Subscription) -> Listener | None:
    """None: this version cannot read its conditions, and so cannot say when to send."""
    asked = conditions.read(row.conditions)
    if asked is None:
        log.warning("the conditions of a subscription cannot be read", subscription=row.id)
        return None
    return Listener(row.id, asked, Wants(row.kinds, row.subjects))


async def locked(session: AsyncSession, ids: Collection[int]) -> Sequence[Subscription]:
    """Those that are active, as they are now and until the transaction ends: alone with what they remember. Before any
    destination is locked."""
    some = select(Subscription).where(Subscription.id.in_(ids), Subscription.active)
    rows = some.order_by(Subscription.id).with_for_update()
    return (await session.scalars(rows.execution_options(populate_existing=True))).all()


def sent(rulings: Iterable[Ruling]) -> list[Fact]:
    events = [each.event for each in rulings if each.outcome is Outcome.SENT]
    return [Fact(each.id, each.kind, each.subject, each.at, each.data) for each in events]


async def end(
    session: AsyncSession, evaluation: Evaluation, now: datetime, *, ripe: Place | None = None
) -> None:
    """Write down what is remembered, and have the rest done later. *ripe*: whose timer is just running."""
    turns = await evaluation.end(session, now)
    for place in turns.freed:
        if place != ripe:
            await jobs.cancel(session, _key(place))
    if turns.held:
        held = [Planned(due, _args(place), _key(place)) for place, due in turns.held.items()]
        await jobs.schedule_many(session, RIPEN, held)
    for subscription_id, ruling in evaluation.asked:
        await _ask_for_roles(session, subscription_id, ruling, now)


async def ripen(session: AsyncSession, subscription_id: int, subject: str, now: datetime) -> None:
    """Send what was held there, and what was to go before it, if nothing has come between."""
    found = await _active(session, subscription_id)
    if found is None:
        return
    row, each = found
    place = subscription_id, subject
    evaluation = await conditions.at(session, place, until=now)
    held = evaluation.states.get(place).room.held
    if held is None:
        return
    if held.due > now or await _is_behind(session, held.due):
        due = max(held.due, now + SOON)
        await jobs.schedule(session, RIPEN, due=due, key=_key(place), **_args(place))
        return
    rulings = evaluation.ripen(each, held.due)
    await end(session, evaluation, now, ripe=place)
    await _enqueue(session, row, rulings, now)


async def check_roles(work: Work) -> None:
    """The member's roles as they are now: events do not tell of them, and nobody is asked in the transaction of the
    relay. Who is no member any more has none."""
    subscription_id, event = work.args["subscription_id"], conditions.read_event(work.args["event"])
    async with work.sessions() as session:
        row = await session.get(Subscription, subscription_id)
        each = None if row is None else listener(row)
    member_id, guild_id = conditions.member_of(event), conditions.guild_of(event)
    if each is None or each.conditions.roles is None or member_id is None or guild_id is None:
        return
    standing = await work.discord.standing(GuildId(guild_id), UserId(member_id))
    wanted = {int(role) for role in each.conditions.roles}
    if standing is None or wanted.isdisjoint(standing.roles):
        return
    at = datetime.fromisoformat(work.args["at"])
    async with work.sessions.begin() as session:
        await _admit(session, subscription_id, event, at, work.clock.now())


async def _admit(
    session: AsyncSession, subscription_id: int, event: Heard, at: datetime, now: datetime
) -> None:
    found = await _active(session, subscription_id)
    if found is None:
        return
    row, each = found
    evaluation = await conditions.at(session, (row.id, event.subject), until=at)
    rulings = evaluation.admit(each, event, at)
    await end(session, evaluation, now)
    await _enqueue(session, row, rulings, now)


async def _active(
    session: AsyncSession, subscription_id: int
) -> tuple[Subscription, Listener] | None:
    for row in await locked(session, [subscription_id]):
        if (each := listener(row)) is not None:
            return row, each
    return None


async def _is_behind(session: AsyncSession, due: datetime) -> bool:
    """Whether something happened by then that has not been handed on: perhaps somebody left."""
    waiting = select(Outbox.position).where(Outbox.relayed_at.is_(None), Outbox.at < due)
    return await session.scalar(waiting.limit(1)) is not None


async def _enqueue(
    session: AsyncSession, row: Subscription, rulings: Iterable[Ruling], now: datetime
) -> None:
    bound = [Bound(row.destination_id, fact) for fact in sent(rulings)]
    if bound:
        await deliveries.enqueue(session, bound, now=now)


async def _ask_for_roles(
    session: AsyncSession, subscription_id: int, ruling: Ruling, now: datetime
) -> None:
    event = ruling.event
    args: dict[str, Any] = {
        "subscription_id": subscription_id,
        "event": conditions.event(event),
        "at": ruling.at.isoformat(),
    }
    key = f"{CHECK_ROLES}:{subscription_id}:{event.id}"
    lane = f"{CHECK_ROLES}:{subscription_id}:{event.subject}"
    await jobs.schedule(session, CHECK_ROLES, due=now, key=key, lane=lane, **args)


def _args(place: Place) -> dict[str, Any]:
    return {"subscription_id": place[0], "subject": place[1]}


def _key(place: Place) -> str:
    return f"{RIPEN}:{place[0]}:{place[1]}"
