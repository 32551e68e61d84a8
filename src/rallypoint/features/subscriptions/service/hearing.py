"""Which kinds of events must be recorded, for somebody subscribes to them."""

from __future__ import annotations

from sqlalchemy import select

from rallypoint.features.subscriptions.model import Subscription
from rallypoint.kernel.feature import Parts


async def refresh(parts: Parts) -> None:
    """At the start, and after each change."""
    async with parts.sessions() as session:
        rows = await session.scalars(select(Subscription.kinds).where(Subscription.active))
        parts.ears.open_to({pattern for kinds in rows for pattern in kinds})
