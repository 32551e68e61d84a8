"""What other features may call, and what this one asks of those above it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.kernel.ids import GuildId, UserId

from .rules.teams import Team, Teams

__all__ = ["Fixtures", "Team", "Teams"]


class Fixtures(Protocol):
    """Whom does a member's team play this week? For who knows of leagues to answer, in its manifest."""

    async def __call__(
        self, session: AsyncSession, guild_id: GuildId, member_id: UserId, *, now: datetime
    ) -> Teams | None: ...
