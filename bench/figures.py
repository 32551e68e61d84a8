"""Numbers for people: medians, percentiles, tables."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

console = Console(width=100)
wide = Console(width=160)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of *values* that *share* of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def spread(values: Sequence[float], unit: str) -> str:
    """`median (least..most)`, for figures of repeated rounds."""
    return f"{percentile(values, 0.5):,.1f} ({min(values):,.1f}..{max(values):,.1f}) {unit}"


def show(
    title: str, head: Sequence[str], rows: Sequence[Sequence[str]], on: Console = console
) -> None:
    table = Table(title=title, title_justify="left")
    for number, name in enumerate(head):
        table.add_column(name, justify="left" if number == 0 else "right")
    for row in rows:
        table.add_row(*row)
    on.print(table)
