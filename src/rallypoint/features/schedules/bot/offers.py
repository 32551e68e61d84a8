"""What is offered while somebody types. Pure: of what is handed in, and for every text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from discord.app_commands import Choice

from rallypoint.features.schedules import texts
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.jobs import Job, spoken
from rallypoint.kernel.jobs.recurrence import zones
from rallypoint.kernel.jobs.schedules import Listed

MOST = 25
LONGEST = 100
"""Choices of one list, and characters of one (docs: Application Commands > Choice Structure)."""
OFTEN_USED = (
    *("UTC", "Europe/London", "Europe/Berlin", "Europe/Warsaw", "Europe/Helsinki"),
    *("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"),
    *("America/Sao_Paulo", "Asia/Kolkata", "Asia/Tokyo", "Australia/Sydney"),
)
MOMENTS = (
    *("every 1 h", "every 6 h", "every day at 03:00", "every day at 20:00", "weekdays at 18:00"),
    *("Mondays at 20:00", "Fridays at 20:00", "Saturdays at 15:00", "0 3 1 * *", "every 30 min"),
)

Choices = list[Choice[str]]


def schedules(listed: Sequence[Listed], typed: str) -> Choices:
    rows = [each.schedule for each in listed]
    return _choices(
        ((texts.choice(row), str(row.id)) for row in rows), typed.strip().removeprefix("#")
    )


def tasks(kinds: Mapping[str, Job], typed: str) -> Choices:
    """Those a guild may have."""
    return _choices(((job.words, kind) for kind, job in kinds.items() if job.custom), typed)


def kind_of(kinds: Mapping[str, Job], typed: str) -> str:
    """The kind that is called so or does that, or else what was typed."""
    wanted = typed.strip().casefold()
    same = (kind for kind, job in kinds.items() if job.custom and job.words.casefold() == wanted)
    return next(same, typed.strip())


def zones_like(typed: str, usual: str) -> Choices:
    if not typed.strip():
        return _choices(((name, name) for name in dict.fromkeys((usual, *OFTEN_USED))), "")
    wanted = typed.strip().replace(" ", "_")
    ordered = sorted(zones(), key=lambda name: (name not in OFTEN_USED, name))
    return _choices(((name, name) for name in ordered), wanted)


def moments(typed: str, zone: str) -> Choices:
    """First what was understood of *typed*, in words."""
    text = typed.strip()
    if zone not in zones():
        # To look for the nearest one takes a while, for each of them.
        return _choices(((moment, moment) for moment in MOMENTS), text)
    found = _understood([text], zone)
    if text.isascii() and text.isdigit() and len(text) < 4:
        found += _understood([f"every {text} h", f"every {text} min", f"daily at {text}:00"], zone)
    usual = _understood(MOMENTS, zone)
    return found or _choices(((each.name, each.value) for each in usual), text) or usual


def config(job: Job | None, typed: str) -> Choices:
    """The keys that are not there yet, each with its default; what was typed, if it is one."""
    if job is None or job.config is None:
        return []
    *whole, last = typed.split(" ")
    before = " ".join(each for each in whole if each)
    there = {each.partition("=")[0] for each in whole}
    pairs = [(typed.strip(), typed.strip())] if "=" in last else []
    for name, field in job.config.model_fields.items():
        if name in there or not name.startswith(last.partition("=")[0]):
            continue
        value = f"{before} {name}={field.get_default(call_default_factory=True)}".strip()
        if "=" not in last:
            pairs.append((f"{value} – {field.description or name}", value))
    return _choices(pairs, "")


def _understood(given: Iterable[str], zone: str) -> Choices:
    choices: Choices = []
    for text in given:
        try:
            words = spoken.in_words(spoken.understood(text, zone))
        except Refused:
            continue
        choices += _choices([(words, text)], "")
    return choices


def _choices(pairs: Iterable[tuple[str, str]], typed: str) -> Choices:
    """Those with *typed* in them, those that begin with it first. A value that is too long could not be sent back."""
    wanted = typed.strip().casefold()
    fit = [(name, value) for name, value in pairs if value and len(value) <= LONGEST]
    found = [each for each in fit if wanted in each[0].casefold() or wanted in each[1].casefold()]
    found.sort(key=lambda each: not each[0].casefold().startswith(wanted))
    return [
        Choice(name=texts.cut(name or value, LONGEST), value=value) for name, value in found[:MOST]
    ]
