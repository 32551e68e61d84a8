"""`python -m bench.jobs [--only NAME,…] [--measures NAME,…] [--quick] [--json FILE]`."""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from bench.figures import percentile, show, wide
from tests.servers.private import roomy_place

from . import report, roster
from .measures import FULL, QUICK, Figures, Scale, burst, drain, load, quiet, recovery, ticks
from .million import pending
from .roster import ROSTER
from .stage import Failed

Measure = Callable[[str, str | None, Scale], Awaitable[Figures]]
MEASURES: dict[str, Measure] = {
    "quiet": quiet,
    "recovery": recovery,
    "ticks": ticks,
    "pending": pending,
}
QUICK_ENOUGH = 8_000
"""Jobs a second from which a drain is measured several times: it takes seconds, and the targets compare it."""
TROUBLES = (Failed, OSError, TimeoutError, LookupError, ValueError)


class Bench:
    """One run: each measure goes through all contestants, so that what else the machine does meets them all."""

    def __init__(self, names: list[str], scale: Scale, place: str | None) -> None:
        self._names = names
        self._scale = scale
        self._place = place
        self.results: dict[str, Figures] = {name: {} for name in names}
        self.loads: list[float] = []

    async def run(self, measures: Iterable[str]) -> None:
        for measure in measures:
            if measure == "drain":
                await self._drain()
            elif measure == "burst":
                await self._burst()
            else:
                await self._each(measure, MEASURES[measure])

    async def _drain(self) -> None:
        """The median of the rounds."""
        rounds: dict[str, list[Figures]] = {name: [] for name in self._names}
        for number in range(self._scale.rounds):
            for name in self._names:
                quick = number == 0 or float(rounds[name][0].get("rate", 0)) >= QUICK_ENOUGH
                if quick and (taken := await self._take("drain", name, drain)):
                    rounds[name].append(taken)
        for name, all_taken in rounds.items():
            if rates := [float(figures["rate"]) for figures in all_taken if "rate" in figures]:
                middle = percentile(rates, 0.5)
                self.results[name] |= next(f for f in all_taken if f.get("rate") == middle)
                self.results[name] |= {"rate_least": min(rates), "rate_most": max(rates)}
            elif all_taken:
                self.results[name] |= all_taken[0]

    async def _burst(self) -> None:
        async def measure(name: str, place: str | None, scale: Scale) -> Figures:
            rate = self.results[name].get("put_rate", 500.0)
            return await burst(name, place, scale, float(rate))

        await self._each("burst", measure)

    async def _each(self, title: str, measure: Measure) -> None:
        turns = asyncio.Semaphore(2 if title in self._scale.together else 1)

        async def take(name: str) -> None:
            async with turns:
                self.results[name] |= await self._take(title, name, measure)

        async with asyncio.TaskGroup() as group:
            for name in self._names:
                if title in ROSTER[name].measures and (title != "pending" or ROSTER[name].ours):
                    group.create_task(take(name))

    async def _take(self, title: str, name: str, measure: Measure) -> Figures:
        self.loads.append(load())
        began = time.monotonic()
        try:
            figures = await measure(name, self._place, self._scale)
        except TROUBLES as trouble:
            why = str(trouble) or type(trouble).__name__
            figures = {"failed": why} if isinstance(trouble, Failed) else {"failed": repr(trouble)}
        took = time.monotonic() - began
        said = f": {figures['failed']}" if "failed" in figures else ""
        wide.print(
            f"{title:9} {ROSTER[name].title:24} {took:5.1f} s, load {self.loads[-1]:.1f}{said}",
            highlight=False,
            markup=False,
        )
        return figures


def _show(bench: Bench, scale: Scale) -> None:
    loads = f"load average {min(bench.loads):.1f} … {max(bench.loads):.1f}"
    how = [[e.title, e.counts, e.tuned] for n, e in ROSTER.items() if n in bench.results]
    tables = {
        f"One worker each, one run, {loads}": report.figures_table(bench.results),
        "After the moment they were due": report.bursts_table(bench.results, scale.bursts),
        "Ratios: more is better where ↑, less where ↓": report.ratios_table(bench.results),
        "Targets": report.targets_table(report.targets(bench.results)),
        "How": (["", "what counts as done", "tuned (its default)"], how),
    }
    for title, (head, rows) in tables.items():
        show(title, head, rows, wide)


def _write(path: Path, bench: Bench) -> None:
    targets = [
        {"target": t.words, "measured": t.measured, "met": t.met}
        for t in report.targets(bench.results)
    ]
    said = {
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "loads": [round(each, 2) for each in bench.loads],
        "results": bench.results,
        "targets": targets,
    }
    path.write_text(json.dumps(said, indent=1) + "\n")


def _understand(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.jobs", description=__doc__)
    parser.add_argument("--only", type=_among(ROSTER), default=list(ROSTER))
    parser.add_argument("--measures", type=_among(roster.MEASURES), default=list(roster.MEASURES))
    parser.add_argument("--quick", action="store_true", help="small numbers, less than 5 minutes")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    return parser.parse_args(words)


def _among(names: Iterable[str]) -> Callable[[str], list[str]]:
    """Each name, or the beginning of several: `rallypoint` is both of ours."""

    def parse(text: str) -> list[str]:
        found = [name for name in names if name.startswith(tuple(text.split(",")))]
        if not found:
            raise argparse.ArgumentTypeError(f"there are {', '.join(names)}")
        return found

    return parse


async def main(options: argparse.Namespace) -> None:
    scale = QUICK if options.quick else FULL
    bench = Bench(options.only, scale, roomy_place())
    this = asyncio.current_task()
    assert this is not None
    for ending in (signal.SIGINT, signal.SIGTERM):
        # Also when who started us ignores them: nothing may be left running.
        asyncio.get_running_loop().add_signal_handler(ending, this.cancel)
    await bench.run(options.measures)
    _show(bench, scale)
    if options.json:
        _write(options.json, bench)


if __name__ == "__main__":
    asyncio.run(main(_understand(sys.argv[1:])))
