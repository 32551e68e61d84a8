"""Recurrences as people say them and read them. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import dropwhile, takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim

from rallypoint.kernel import durations
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.words import Words, joined

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
    Affinity.DISCORD: Words("the bot to be connected to Discord"),
    Affinity.FOLDER: Words("rallypoint up, which has the data folder"),
}
"""What one that is due lacks."""
LONGEST_ERROR = 500
_TRACE = "Traceback (most recent call last):"
_NOISE = ("(Background on", "[SQL", "[parameters", "For further information")
DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_WEEK = [day.lower() for day in DAYS]


def when(row: Schedule) -> Words:
    try:
        return in_words(recurrence_of(row))
    except Refused:
        return Words("as a newer version says ({how})", how=row.how)


def in_words(recurrence: Recurrence) -> Words:
    """“every 6 h”, “on Mondays at 20:00, Europe/Berlin”, “once, on 2026-12-01 at 20:00, UTC”"""
    match recurrence:
        case Interval(every):
            return Words("every {length}", length=durations.words(every))
        case Cron(expression, zone):
            return Words("{when}, {zone}", when=_cron_in_words(expression), zone=zone)
        case Once(at):
            utc = at.astimezone(UTC)
            return Words("once, on {day} at {at}, UTC", day=f"{utc:%Y-%m-%d}", at=f"{utc:%H:%M}")


def _cron_in_words(expression: str) -> Words:
    said = CronSim(expression, _ANY).explain()
    timed = _AT.fullmatch(said)
    if timed is None:
        return _as_cron(said[0].lower() + said[1:], expression)
    at, days = timed.groups()
    if days == "every day":
        return Words("every day at {at}", at=at)
    if not _DAYS.fullmatch(days):
        return _as_cron(f"at {at} {days}", expression)
    first, through, last = days.removeprefix("on ").partition(" through ")
    if through and re.fullmatch(_DAY, first) and re.fullmatch(_DAY, last):
        return Words("{first} through {last} at {at}", first=Words(first), last=Words(last), at=at)
    if through:
        return _as_cron(f"{days.removeprefix('on ')} at {at}", expression)
    named = re.findall(_DAY, days)
    each = re.sub(_DAY, lambda day: f"{day[0]}s", days)
    return Words.better_in_english(
        "on {days} at {at}", f"{each} at {at}", days=joined(Words(day) for day in named), at=at
    )


def _as_cron(english: str, expression: str) -> Words:
    return Words.better_in_english("as {expression} says (cron)", english, expression=expression)


def last_words(error: str) -> str:
    """Of a trace what it was, in one line: neither where, nor what a library adds for who writes programs."""
    _, traced, said = error.rpartition(_TRACE)
    lines = [line for line in said.splitlines() if line.strip()]
    if traced:
        lines = list(dropwhile(_is_indented, lines))
    told = list(takewhile(lambda line: not line.lstrip().startswith(_NOISE), lines))
    if not told:
        # Of a group every line is indented, and has bars before it.
        bare = [text for line in said.splitlines() if (text := line.strip(" |+-"))]
        return _without_module(bare[-1] if bare else "")
    if " validation error" in told[0] and _is_indented(told[-1]):
        return _first_reason(told)
    plain = [line for line in told if not _is_indented(line)] or told
    return _without_module(plain[0 if traced else -1].strip())


def last_line(error: str | None) -> str | None:
    """For people: the trace before it names files and lines of ours, which is for the log."""
    return error and last_words(error)[:LONGEST_ERROR]


def _first_reason(told: Sequence[str]) -> str:
    """pydantic says how many there are, then of each its field, why, and what was given, which may be private."""
    reason = next(n for n, line in enumerate(told) if _is_indented(line))
    said = told[reason].strip().partition(" [type=")[0]
    return f"{told[1]}: {said}" if reason > 1 else said


def _is_indented(line: str) -> bool:
    return line[:1].isspace()


def _without_module(said: str) -> str:
    return said.removeprefix("rallypoint.kernel.errors.")


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
