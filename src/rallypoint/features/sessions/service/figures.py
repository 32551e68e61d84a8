from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.sessions.model import VoiceSession
from rallypoint.features.sessions.rules.states import State
from rallypoint.ui.web.languages import N_

from .rows import ACTIVE

KEPT = timedelta(days=90)
FORGOTTEN_AT_ONCE = 2000


async def sessions(session: AsyncSession) -> Mapping[str, int]:
    by_state = select(VoiceSession.state, func.count()).where(ACTIVE).group_by(VoiceSession.state)
    count = dict((await session.execute(by_state)).all())
    waiting = count.pop(State.REQUESTED, 0)
    return {N_("personal sessions"): sum(count.values()), N_("waiting for a session"): waiting}


async def forget_old(session: AsyncSession, now: datetime) -> int:
    """Some of those that ended long ago; how many."""
    old = select(VoiceSession.id).where(VoiceSession.ended_at < now - KEPT).limit(FORGOTTEN_AT_ONCE)
    result = await session.execute(delete(VoiceSession).where(VoiceSession.id.in_(old)))
    return cast("CursorResult[Any]", result).rowcount
