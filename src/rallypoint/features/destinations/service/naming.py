from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.deliveries.api import Destination
from rallypoint.kernel.ids import GuildId


class Destinations:
    """Answers `guilds`."""

    async def names(
        self, session: AsyncSession, guild_id: GuildId, numbers: Collection[int]
    ) -> Mapping[int, str]:
        theirs = (Destination.guild_id == guild_id, Destination.id.in_(numbers))
        found = await session.execute(select(Destination.id, Destination.name).where(*theirs))
        return {row.id: row.name for row in found}
