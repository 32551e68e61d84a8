from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from . import log_ins, once, tokens


async def forget_old(session: AsyncSession, now: datetime) -> int:
    """Some of what is over; how many rows."""
    return sum([await each.forget_old(session, now) for each in (tokens, log_ins, once)])
