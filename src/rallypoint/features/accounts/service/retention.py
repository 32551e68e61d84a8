from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from . import log_ins, tokens


async def forget_old(session: AsyncSession, now: datetime) -> int:
    """Some of what is over; how many rows."""
    return await tokens.forget_old(session, now) + await log_ins.forget_old(session, now)
