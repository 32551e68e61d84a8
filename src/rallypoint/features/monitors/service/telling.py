"""What is measured, under the names that dbot's users know."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.monitors.model import Monitor
from rallypoint.kernel.meters import Meter, Sample


async def meters(session: AsyncSession) -> Sequence[Meter]:
    """None while no channel is listed."""
    rows = (await session.scalars(select(Monitor).order_by(Monitor.channel_id))).all()
    if not rows:
        return []
    figures = [row.figures for row in rows]
    # A round looks at one channel after the other: it takes as long as all of them.
    rounds = max(each.get("looks", 0) for each in figures)
    seconds = sum(each.get("seconds_to_look", 0) for each in figures)
    return [
        _timed(rows, "channel_processing", "Looks at a channel", "looks", "seconds_to_look"),
        Meter("channels_processing", "Rounds over all channels", (Sample(seconds, count=rounds),)),
        _timed(
            rows,
            "notifications_processing",
            "Changes called out; seconds since they happened",
            "changes",
            "seconds_to_call",
        ),
        Meter(
            "notifications",
            "Events called out",
            tuple(Sample(row.figures.get("notifications", 0), _of(row)) for row in rows),
        ),
        _total(rows, "webhooks", "Addresses to be called"),
        _total(rows, "redis_events", "Messages for Redis lists"),
    ]


def _of(row: Monitor) -> dict[str, str]:
    return {"channel": row.channel_id}


def _timed(rows: Sequence[Monitor], name: str, words: str, count: str, seconds: str) -> Meter:
    samples = (
        Sample(row.figures.get(seconds, 0), _of(row), count=row.figures.get(count, 0))
        for row in rows
    )
    return Meter(name, words, tuple(samples))


def _total(rows: Sequence[Monitor], name: str, words: str) -> Meter:
    return Meter(name, words, (Sample(sum(row.figures.get(name, 0) for row in rows)),))
