"""What a schedule says about its turns, as it travels with its timer; and which turn is next. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from rallypoint.kernel.errors import Refused

from .kinds import Job
from .recurrence import Cron, Interval, Once, Recurrence

SWEEP = timedelta(minutes=10)
"""An interval shorter than this is a sweep: its successes are counted, not listed."""
MISSED = timedelta(minutes=1)
"""A turn later than this has been missed."""


class Misfire(StrEnum):
    """What becomes of turns that were missed, because the program was down or the one before was still running."""

    ONCE = "once"
    """One run at once, for all of them."""
    SKIP = "skip"


class Unreadable(ValueError):
    """Written by a newer version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    recurrence: Recurrence
    misfire: Misfire = Misfire.ONCE
    attempts: int | None = None
    timeout: timedelta | None = None
    guild_id: int | None = None

    def applied(self, job: Job) -> Job:
        return replace(
            job,
            attempts=job.attempts if self.attempts is None else self.attempts,
            timeout=job.timeout if self.timeout is None else self.timeout,
        )

    def is_missed(self, planned_at: datetime, now: datetime) -> bool:
        return self.misfire is Misfire.SKIP and now - planned_at > MISSED

    def next_turn(
        self, planned_at: datetime, started_at: datetime, ended_at: datetime
    ) -> datetime | None:
        """The one after that of *planned_at*; not after *ended_at* if it came while that one was running.

        An interval leaves out what came meanwhile, or one that takes longer than its interval would never pause. What
        was missed before the start is what the run was for. A turn that has been is not had again when the clock goes
        back – but for intervals, which then would stand still.
        """
        if isinstance(self.recurrence, Interval):
            return self.recurrence.next_after(ended_at)
        if self.misfire is Misfire.SKIP:
            return self.recurrence.next_after(max(planned_at, ended_at))
        return self.recurrence.next_after(max(planned_at, started_at))

    def to_json(self) -> dict[str, Any]:
        timeout = None if self.timeout is None else self.timeout.total_seconds()
        return {
            **_recurrence_json(self.recurrence),
            "misfire": self.misfire.value,
            "attempts": self.attempts,
            "timeout": timeout,
            "guild": self.guild_id,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Terms:
        """Raise Unreadable."""
        try:
            timeout = value["timeout"]
            return cls(
                recurrence=_recurrence(value),
                misfire=Misfire(value["misfire"]),
                attempts=value["attempts"],
                timeout=None if timeout is None else timedelta(seconds=timeout),
                guild_id=value["guild"],
            )
        except (LookupError, TypeError, ValueError, Refused) as error:
            raise Unreadable(
                f"this version of the program cannot read its schedule: {error!r}"
            ) from None


def is_sweep(terms: Mapping[str, Any]) -> bool:
    return bool(terms["how"] == "interval" and terms["every"] < SWEEP.total_seconds())


def _recurrence_json(recurrence: Recurrence) -> dict[str, Any]:
    match recurrence:
        case Interval(every, anchor):
            seconds = every.total_seconds()
            return {"how": "interval", "every": seconds, "anchor": anchor.isoformat()}
        case Cron(expression, zone):
            return {"how": "cron", "cron": expression, "zone": zone}
        case Once(at):
            return {"how": "once", "at": at.isoformat()}


def _recurrence(value: Mapping[str, Any]) -> Recurrence:
    match value["how"]:
        case "interval":
            return Interval.of_seconds(value["every"], datetime.fromisoformat(value["anchor"]))
        case "cron":
            return Cron(value["cron"], value["zone"])
        case "once":
            return Once(datetime.fromisoformat(value["at"]))
        case how:
            raise Unreadable(f"no such recurrence: {how}")
