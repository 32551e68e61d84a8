"""Recurrences as people say them and read them. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim

from rallypoint.kernel import durations
from rallypoint.kernel.errors import Refused

from .kinds import Affinity
from .recurrence import Cron, Interval, Once, Recurrence, check_zone, existing
from .rows import recurrence_of
from .timers import Schedule

_ANY = datetime(2000, 1, 1)
_AT = re.compile(r"At (\d\d:\d\d(?:(?:, | and )\d\d:\d\d)*) (.+)")
_DAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_DAYS = re.compile(rf"on {_DAY}(?:(?:, | and | through ){_DAY})*")

_DAILY = re.compile(r"(?P<days>[a-z, ]+?) at (?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)")
_MOMENT = re.compile(r"(?:once,? )?(?:on )?(\d{4}-\d\d-\d\d)(?: at |t| )(\d{1,2}:\d\d)")
_UNITS = (("hours?", "h"), ("minutes?|mins", "min"), ("days?", "d"), ("seconds?|secs", "s"))
_RANGES = {
    **dict.fromkeys(("every day", "daily"), "*"),
    **dict.fromkeys(("weekdays", "on weekdays", "monday through friday"), "1-5"),
    **dict.fromkeys(("weekends", "on weekends"), "0,6"),
}
WAITED_FOR = {
    Affinity.DISCORD: "the bot to be connected to Discord",
    Affinity.FOLDER: "rallypoint up, which has the data folder",
}
"""What one that is due lacks."""
_WEEK = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")


def when(row: Schedule) -> str:
    try:
        return in_words(recurrence_of(row))
    except Refused:
        return f"as a newer version says ({row.how})"


def in_words(recurrence: Recurrence) -> str:
    """“every 6 h”, “on Mondays at 20:00, Europe/Berlin”, “once, on 2026-12-01 at 20:00, UTC”"""
    match recurrence:
        case Interval(every):
            return f"every {durations.words(every)}"
        case Cron(expression, zone):
            return f"{_cron_in_words(expression)}, {zone}"
        case Once(at):
            return f"once, on {at.astimezone(UTC):%Y-%m-%d at %H:%M}, UTC"


def _cron_in_words(expression: str) -> str:
    said = CronSim(expression, _ANY).explain()
    timed = _AT.fullmatch(said)
    if timed is None:
        return said[0].lower() + said[1:]
    at, days = timed.groups()
    if days == "every day":
        return f"{days} at {at}"
    if not _DAYS.fullmatch(days):
        return f"at {at} {days}"
    if "through" in days:
        return f"{days.removeprefix('on ')} at {at}"
    return f"{re.sub(_DAY, lambda day: f'{day[0]}s', days)} at {at}"


def understood(text: str, zone: str) -> Recurrence:
    """Of “every 6 h”, “every day at 20:00”, “Mon, Thu at 20:00”, “2026-12-01 20:00” and the five fields of cron.

    *zone* is where a time of the day is meant. Raise Refused, with what to write instead.
    """
    check_zone(zone)
    said = " ".join(text.lower().split())
    if daily := _DAILY.fullmatch(said):
        days = _days(daily["days"], text)
        return Cron(f"{int(daily['minute'])} {int(daily['hour'])} * * {days}", zone)
    if once := _MOMENT.fullmatch(said):
        return Once(_moment(f"{once[1]} {once[2]}", text, zone))
    if len(said.split()) == 5 and not said.startswith("every "):
        return Cron(said.upper(), zone)
    return Interval(_length(said, text))


def _days(said: str, text: str) -> str:
    """As the last field of a cron."""
    if said in _RANGES:
        return _RANGES[said]
    numbers = []
    for name in re.split(r", and | and |, |,", said.removeprefix("on ").removeprefix("every ")):
        stem = name.removesuffix("s")
        number = next((n for n, day in enumerate(_WEEK) if day.startswith(stem)), None)
        if len(stem) < 3 or number is None:
            raise Refused("when_not_understood", given=text[:60])
        numbers.append(str(number))
    return ",".join(numbers)


def _moment(said: str, text: str, zone: str) -> datetime:
    try:
        return existing(datetime.strptime(said, "%Y-%m-%d %H:%M"), ZoneInfo(zone))
    except (ValueError, OverflowError):
        raise Refused("when_not_understood", given=text[:60]) from None


def _length(said: str, text: str) -> timedelta:
    every = "1 h" if said == "hourly" else said.removeprefix("every ")
    for unit, short in _UNITS:
        every = re.sub(rf"\b(?:{unit})\b", short, every)
    if every in ("h", "min", "d"):
        every = f"1 {every}"
    try:
        found = durations.parse(every)
    except (ValueError, OverflowError):
        found = None
    # A number alone could be seconds, minutes or hours.
    if not isinstance(found, timedelta) or every.isdigit():
        raise Refused("when_not_understood", given=text[:60])
    return found
