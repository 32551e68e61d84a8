"""A schedule's row and what it means. Pure."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

from rallypoint.kernel.errors import Refused

from .recurrence import Cron, Interval, Once, Recurrence
from .terms import Misfire, Terms
from .timers import Schedule


def recurrence_of(row: Schedule) -> Recurrence:
    """Raise Refused for what a newer version wrote."""
    match row.how:
        case "interval":
            return Interval.of_seconds(row.every_seconds or 0, row.created_at)
        case "cron":
            return Cron(row.cron or "", row.zone or "")
        case "once" if row.once_at is not None:
            return Once(row.once_at)
        case how:
            raise Refused("recurrence_unknown", how=how)


def terms_of(row: Schedule) -> Terms:
    seconds = row.timeout_seconds
    return Terms(
        recurrence=recurrence_of(row),
        misfire=Misfire(row.misfire),
        attempts=row.attempts,
        timeout=None if seconds is None else timedelta(seconds=seconds),
        guild_id=row.guild_id,
    )


def columns_of(recurrence: Recurrence) -> dict[str, Any]:
    columns: dict[str, Any] = dict.fromkeys(("every_seconds", "cron", "zone", "once_at"))
    match recurrence:
        case Interval(every):
            return columns | {"how": "interval", "every_seconds": every.total_seconds()}
        case Cron(expression, zone):
            return columns | {"how": "cron", "cron": expression, "zone": zone}
        case Once(at):
            return columns | {"how": "once", "once_at": at.astimezone(UTC)}
