"""Every event goes to the operator's message bus, if the settings name one."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.deliveries import api as deliveries
from rallypoint.features.deliveries.api import DestinationState, Kind
from rallypoint.features.subscriptions.model import Subscription
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.people import Operator

from . import managing

BY = Operator(name="the settings")
NAME = "amqp"
EVERYTHING = ("*",)


async def ensure(parts: Parts) -> None:
    """At the start. Without an address what waits for the bus is kept, and nothing more comes."""
    wanted = parts.settings.amqp_url is not None
    async with parts.sessions.begin() as session:
        there = [row for row in await deliveries.listing(session, by=BY) if row.kind == Kind.AMQP]
        if there:
            await _turn(session, parts, there[0], wanted=wanted)
        elif wanted:
            await _add(session, parts)


async def _add(session: AsyncSession, parts: Parts) -> None:
    now = parts.clock.now()
    asked = deliveries.Wanted(NAME, Kind.AMQP, {})
    made = await deliveries.add(session, asked, terms=deliveries.terms_of(parts), by=BY, now=now)
    everything = managing.Wanted(made.destination.id, EVERYTHING)
    await managing.add(session, everything, known=list(parts.events), by=BY, now=now)


async def _turn(
    session: AsyncSession, parts: Parts, row: deliveries.Destination, *, wanted: bool
) -> None:
    if (row.state == DestinationState.ACTIVE) is wanted:
        return
    now, known = parts.clock.now(), list(parts.events)
    turn = deliveries.resume if wanted else deliveries.pause
    await turn(session, row.id, by=BY, now=now)
    leading = select(Subscription.id).where(Subscription.destination_id == row.id)
    for subscription_id in (await session.scalars(leading)).all():
        changes = managing.Changes(active=wanted)
        await managing.edit(session, subscription_id, changes, known=known, by=BY, now=now)
