"""How long an event takes to a destination that is well, and how much CPU: alone, and among 999 that hang. Rounds are
interleaved, while these hang, while all of them give up after 15 s, and while they are tried again.

What the 999 do by themselves costs CPU whether the other one gets an event or not: each round rests as well, and what
the process uses then is taken off what it used while it sent.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import local
from .figures import percentile, show, spread

HOLES = 999
EVENTS = 10
REST = 0.25
"""Seconds of a round in which nothing happens to the one that is well."""
PHASES = {"hang": 9.0, "give up": 45.0, "are tried again": 65.0}
"""Until so many seconds after the last one of them has been connected to; the first one was some seconds earlier."""
QUICK = 1.0
Said = dict[str, Any]
Ask = Callable[[str], Awaitable[Said]]


@dataclass(slots=True)
class Side:
    """One of the two worlds, in one phase."""

    sent: list[Said] = field(default_factory=list)
    rested: list[Said] = field(default_factory=list)

    async def round(self, ask: Ask) -> None:
        self.sent.append(await ask(f"events {EVENTS}"))
        self.rested.append(await ask(f"rest {REST}"))

    @property
    def took(self) -> list[float]:
        return [1000 * each for said in self.sent for each in said["took"]]

    @property
    def idle(self) -> float:
        """CPU seconds a second, of what goes on by itself."""
        return _sum(self.rested, "cpu") / _sum(self.rested, "wall")

    @property
    def an_event(self) -> float:
        """CPU in ms, without that."""
        spent = _sum(self.sent, "cpu") - self.idle * _sum(self.sent, "wall")
        return 1000 * spent / len(self.took)

    @property
    def with_all(self) -> float:
        return 1000 * _sum(self.sent, "cpu") / len(self.took)


async def run(*, quick: bool) -> None:
    holes = HOLES // 10 if quick else HOLES
    phases = {"hang": QUICK} if quick else PHASES
    load, rows, attempts = os.getloadavg()[0], [], []
    async with _world(0) as alone, _world(holes) as among:
        began, before = time.monotonic(), 0
        for phase, until in phases.items():
            one, many = Side(), Side()
            while time.monotonic() < began + until:
                await one.round(alone)
                await many.round(among)
            rows += _compared(f"while {holes} {phase}", one, many)
            ended = many.rested[-1]["attempts"] - before - len(many.took)
            before = many.rested[-1]["attempts"]
            attempts.append([phase, str(ended), f"{1000 * (many.idle - one.idle):,.1f} ms/s"])
    title = f"An event to a destination that is well (load average {load:.1f})"
    head = ["", "median of a round", "p50", "p99", "CPU an event", "with all that goes on"]
    show(title, head, rows)
    show(f"The {holes} themselves", ["while they", "attempts ended", "CPU"], attempts)


def _compared(phase: str, one: Side, many: Side) -> list[list[str]]:
    rows, figures = [], []
    for name, side in (("alone", one), (phase, many)):
        medians = [1000 * percentile(said["took"], 0.5) for said in side.sent]
        p50, p99 = percentile(side.took, 0.5), percentile(side.took, 0.99)
        figures.append((p50, p99, side.an_event, side.with_all))
        rows.append([name, spread(medians, "ms"), *(f"{each:,.1f} ms" for each in figures[-1])])
    ratios = [f"{among / alone:.2f}" for alone, among in zip(*figures, strict=True)]
    return [*rows, ["ratio", "", *ratios]]


def _sum(said: Sequence[Said], name: str) -> float:
    return sum(float(each[name]) for each in said)


@asynccontextmanager
async def _world(holes: int) -> AsyncIterator[Ask]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench.bots.destinations", url, str(holes)),
            env=os.environ | {"PYTHONPATH": f"{local.ROOT / 'src'}:{local.ROOT}"},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=1 << 22,
        )
        assert child.stdin is not None
        assert child.stdout is not None
        stdin, stdout = child.stdin, child.stdout

        async def ask(what: str) -> Said:
            stdin.write(f"{what}\n".encode())
            said: Said = json.loads(await stdout.readline())
            return said

        try:
            await stdout.readline()
            yield ask
        finally:
            child.kill()
            await child.wait()
