"""Each event goes to the destinations of those who want it. In the transaction that hands the event on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.deliveries import api as deliveries
from rallypoint.features.deliveries.api import Bound, Fact
from rallypoint.features.subscriptions.model import Subscription
from rallypoint.features.subscriptions.rules import matching
from rallypoint.kernel.events import Recorded

GATHER = "subscriptions.gather"


async def gather(session: AsyncSession, recorded: Sequence[Recorded], now: datetime) -> None:
    """What is fleeting names somebody who wants nothing kept about them: it is sent to nobody."""
    facts = [_fact(each) for each in recorded if not each.fleeting]
    subscriptions = await _of_guilds(session, {fact.guild_id for fact in facts})
    if subscriptions and (bound := _bound(facts, subscriptions)):
        await deliveries.enqueue(session, bound, now=now)


Subscriptions = dict[int | None, list[Subscription]]


async def _of_guilds(session: AsyncSession, guilds: set[int | None]) -> Subscriptions:
    """By guild; under None those of the operator."""
    if not guilds:
        return {}
    here = or_(Subscription.guild_id.in_(guilds - {None}), Subscription.guild_id.is_(None))
    rows = select(Subscription).where(here, Subscription.active).order_by(Subscription.id)
    found: defaultdict[int | None, list[Subscription]] = defaultdict(list)
    for row in await session.scalars(rows):
        found[row.guild_id].append(row)
    return found


def _bound(facts: Sequence[Fact], subscriptions: Subscriptions) -> list[Bound]:
    """Once for each destination, however many subscriptions lead there."""
    bound: dict[tuple[int, str], Bound] = {}
    for fact in facts:
        guild_id = fact.guild_id
        own = subscriptions.get(guild_id, []) if guild_id is not None else []
        for each in (*own, *subscriptions.get(None, [])):
            if matching.fits(each.kinds, fact.kind) and matching.is_about(
                each.subjects, fact.subject
            ):
                bound.setdefault((each.destination_id, fact.id), Bound(each.destination_id, fact))
    return list(bound.values())


def _fact(recorded: Recorded) -> Fact:
    return Fact(recorded.id, recorded.kind, recorded.subject, recorded.at, recorded.data)
