"""When something that recurs comes next. Pure: the moment is an argument.

Wall times that a clock change leaves out or has twice follow one rule, in every zone: in the gap a time comes once, at
the gap's end; in the fold it comes once, at its first pass. Only a cron of every hour goes by real time, because it
would else stand still for as long as the fold lasts. The moments of a recurrence therefore strictly increase.
"""

from __future__ import annotations

import difflib
import math
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from rallypoint.kernel.durations import words
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.words import Words

SHORTEST = timedelta(seconds=30)
LONGEST = timedelta(days=3660)
LONGEST_EXPRESSION = 200
NOT_ZONES = frozenset({"Factory", "localtime", "posixrules"})
"""Files among the zones which mean something else on every machine."""

_REFERENCE = datetime(2000, 1, 1)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Interval:
    """Every so often, on a grid that goes through *anchor*: being late once does not make it late for ever."""

    every: timedelta
    anchor: datetime = _EPOCH

    def __post_init__(self) -> None:
        if self.every < SHORTEST:
            raise Refused("interval_too_short", shortest=words(SHORTEST))
        if self.every > LONGEST:
            raise Refused("interval_too_long", longest=words(LONGEST))
        _check_zoned(self.anchor)

    @classmethod
    def of_seconds(cls, seconds: float, anchor: datetime = _EPOCH) -> Interval:
        """As people and rows say it. Raises Refused for what is no length of time."""
        if isinstance(seconds, bool) or not math.isfinite(seconds):
            raise Refused("interval_not_a_number", given=str(seconds))
        longest = LONGEST.total_seconds()
        return cls(timedelta(seconds=min(max(seconds, -1), longest + 1)), anchor)

    def next_after(self, moment: datetime) -> datetime | None:
        # In UTC: the difference of two moments of one zone is that of their wall clocks.
        anchor = self.anchor.astimezone(UTC)
        return anchor + self.every * ((moment.astimezone(UTC) - anchor) // self.every + 1)


@dataclass(frozen=True, slots=True)
class Cron:
    """Five fields, as in crontab(5), read by the wall clock of *zone*."""

    expression: str
    zone: str = "UTC"

    def __post_init__(self) -> None:
        if len(self.expression) > LONGEST_EXPRESSION:
            raise Refused("cron_invalid", expression="…", why=Words("too long"))
        if len(self.expression.split()) != 5:
            raise Refused(
                "cron_invalid", expression=self.expression, why=Words("it needs five fields")
            )
        check_zone(self.zone)
        try:
            first = next(CronSim(self.expression, _REFERENCE), None)
        except CronSimError as error:
            why = str(error).lower()
            raise Refused("cron_invalid", expression=self.expression, why=why) from None
        if first is None:
            raise Refused("cron_never", expression=self.expression)

    def next_after(self, moment: datetime) -> datetime | None:
        zone = ZoneInfo(self.zone)
        local = moment.astimezone(zone)
        found = self._by_wall(local, zone) if self._names_hours() else self._by_time(local)
        return next((each for each in found if each > moment.astimezone(UTC)), None)

    def _names_hours(self) -> bool:
        """Whether it is about certain hours."""
        return len(CronSim(self.expression, _REFERENCE).hours) < 24

    def _by_wall(self, local: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        for wall in CronSim(self.expression, local.replace(tzinfo=None, fold=0)):
            yield existing(wall, zone).astimezone(UTC)

    def _by_time(self, local: datetime) -> Iterator[datetime]:
        # With a field for the seconds the library does not treat the hours around a clock change in its own way.
        for each in CronSim(f"0 {self.expression}", local):
            yield each.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Once:
    at: datetime

    def __post_init__(self) -> None:
        _check_zoned(self.at)
        try:
            self.at.astimezone(UTC)
        except OverflowError:
            raise Refused("moment_out_of_range", given=self.at.isoformat()) from None

    def next_after(self, moment: datetime) -> datetime | None:
        at = self.at.astimezone(UTC)
        return at if at > moment.astimezone(UTC) else None


Recurrence = Interval | Cron | Once


def first(recurrence: Recurrence, now: datetime) -> datetime:
    """The door: raise Refused for what would never come."""
    moment = recurrence.next_after(now)
    if moment is None:
        raise Refused("once_passed" if isinstance(recurrence, Once) else "cron_never")
    return moment


def check_zone(name: str) -> None:
    """Raise Refused, with the nearest name, unless *name* is an IANA zone."""
    if name not in zones():
        near = difflib.get_close_matches(name[:60], zones(), n=1, cutoff=0.0)
        raise Refused("zone_unknown", zone=name[:60], nearest=near[0] if near else "UTC")


@cache
def zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones()) - NOT_ZONES


def existing(wall: datetime, zone: ZoneInfo) -> datetime:
    """*wall* in *zone*: its first pass, or if there is none the end of the gap it lies in."""
    moment = wall.replace(tzinfo=zone)
    while moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall:
        wall += timedelta(minutes=1)
        moment = wall.replace(tzinfo=zone)
    return moment


def _check_zoned(moment: datetime) -> None:
    if moment.tzinfo is None:
        raise Refused("moment_without_zone", given=moment.isoformat())
