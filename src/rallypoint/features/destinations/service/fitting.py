"""What was right when it was saved, and is no more: a new version has other events, or the settings other bounds."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.deliveries import api as deliveries
from rallypoint.features.deliveries.api import Destination, DestinationState, Kind, Terms
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.ids import GuildId
from rallypoint.kernel.vault import CannotOpen

TAKING = (DestinationState.ACTIVE, DestinationState.PAUSED)


async def unfit(session: AsyncSession, terms: Terms) -> Sequence[tuple[Destination, Refused]]:
    """Those whose events will lie among the dead letters, and why. Not those that nobody can read."""
    rows = select(Destination).where(Destination.state.in_(TAKING)).order_by(Destination.id)
    found = []
    for row in await session.scalars(rows):
        guild_id = None if row.guild_id is None else GuildId(row.guild_id)
        try:
            config = deliveries.config_of(session, row)
            if not config.get("prepared"):
                deliveries.checked(Kind(row.kind), config, guild_id=guild_id, terms=terms)
        except CannotOpen:
            continue
        except Refused as refused:
            found.append((row, refused))
    return found
