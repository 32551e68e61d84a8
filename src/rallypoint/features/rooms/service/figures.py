"""Rooms in figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.rooms.model import Room
from rallypoint.features.rooms.rules import states
from rallypoint.features.rooms.rules.states import State
from rallypoint.ui.web.languages import N_

LAST = 100
"""Rooms over which a time is taken."""


CLOSED = N_("rooms closed")
REASONS = (
    *(N_("empty"), N_("idle"), N_("failed"), N_("gone"), N_("undecidable"), N_("owner")),
    *(N_("moderator"), N_("age"), N_("never came")),
)
"""As `Reason` has them: here for the catalogs."""


async def rooms(session: AsyncSession) -> Mapping[str, int]:
    by_state = select(Room.state, func.count()).group_by(Room.state)
    count = dict((await session.execute(by_state)).all())
    closed = select(Room.close_reason, func.count()).where(Room.state == State.CLOSED)
    reasons = (await session.execute(closed.group_by(Room.close_reason))).all()
    opened = await session.scalar(select(func.count()).where(Room.opened_at.is_not(None)))
    return {
        N_("rooms tracked"): sum(count.get(state, 0) for state in states.LIVE),
        N_("rooms with people"): count.get(State.OPEN, 0),
        N_("rooms empty"): count.get(State.EMPTYING, 0),
        N_("rooms opened"): opened or 0,
        **{f"{CLOSED}: {_words(reason)}": number for reason, number in reasons},
        **await _times(session),
    }


def _words(reason: str | None) -> str:
    return (reason or "unknown").replace("_", " ")


async def _times(session: AsyncSession) -> Mapping[str, int]:
    """Of the latest rooms, in milliseconds, at the median: from the request to the channel, and from when an end was
    due to when the channel was gone."""
    latest = select(Room.requested_at, Room.opened_at).where(Room.opened_at.is_not(None))
    opened = (await session.execute(latest.order_by(Room.id.desc()).limit(LAST))).all()
    ends = select(Room.deadline_at, Room.closed_at).where(
        Room.state == State.CLOSED, Room.deadline_at.is_not(None)
    )
    closed = (await session.execute(ends.order_by(Room.id.desc()).limit(LAST))).all()
    figures = {N_("ms to open a room"): _median(opened), N_("ms to close a room"): _median(closed)}
    return {words: number for words, number in figures.items() if number is not None}


def _median(spans: Sequence[tuple[datetime | None, datetime | None]]) -> int | None:
    taken = sorted(max(end - begin, timedelta()) for begin, end in spans if begin and end)
    return round(taken[len(taken) // 2].total_seconds() * 1000) if taken else None
