"""What is offered while somebody types. Pure: of what is handed in, and for every text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from discord.app_commands import Choice

from rallypoint.features.deliveries.api import Destination
from rallypoint.features.subscriptions import texts
from rallypoint.features.subscriptions.model import Subscription
from rallypoint.kernel.jobs.recurrence import zones

MOST = 25
LONGEST = 100
"""Choices of one list, and characters of one (docs: Application Commands > Choice Structure)."""

Choices = list[Choice[str]]


def kinds(known: Iterable[str], typed: str) -> Choices:
    """The last of several with commas between them is being typed: every kind, and every feature's with `*`."""
    before, _, last = typed.rpartition(",")
    head = f"{before.strip()}, " if before.strip() else ""
    each = sorted(known)
    groups = [f"{feature}.*" for feature in dict.fromkeys(kind.split(".")[0] for kind in each)]
    return _choices(((head + kind, head + kind) for kind in (*groups, *each)), last.strip())


def subscriptions(pairs: Sequence[tuple[Subscription, Destination]], typed: str) -> Choices:
    lines = ((texts.choice(row, to), str(row.id)) for row, to in pairs)
    return _choices(lines, typed.strip().removeprefix("#"))


def zones_like(typed: str) -> Choices:
    return _choices(((name, name) for name in sorted(zones())), typed.strip().replace(" ", "_"))


def destinations(rows: Sequence[Destination], typed: str) -> Choices:
    return _choices(((row.name, row.name) for row in rows), typed)


def _choices(pairs: Iterable[tuple[str, str]], typed: str) -> Choices:
    """Those with *typed* in them. A value that is too long could not be sent back."""
    wanted = typed.casefold()
    fit = [(name, value) for name, value in pairs if value and len(value) <= LONGEST]
    found = [each for each in fit if wanted in each[0].casefold()]
    return [Choice(name=texts.cut(name, LONGEST), value=value) for name, value in found[:MOST]]
