"""How long an event takes to a destination that is well: alone, and among 999 that hang. Rounds are interleaved, while
these hang, while all of them give up after 15 s, and while they are tried again."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from . import local
from .figures import percentile, show, spread

HOLES = 999
EVENTS = 5
PHASES = {"hang": 9.0, "give up": 45.0, "are tried again": 65.0}
"""Until so many seconds after the last one of them has been connected to; the first one was some seconds earlier."""
QUICK = 1.0
Ask = Callable[[int], Awaitable[dict[str, Any]]]


async def run(*, quick: bool) -> None:
    holes = HOLES // 10 if quick else HOLES
    phases = {"hang": QUICK} if quick else PHASES
    load, rows = os.getloadavg()[0], []
    async with _world(0) as alone, _world(holes) as among:
        began = time.monotonic()
        for phase, until in phases.items():
            rounds = []
            while time.monotonic() < began + until:
                rounds.append((await alone(EVENTS), await among(EVENTS)))
            rows += _compared(f"while {holes} {phase}", rounds)
    title = f"An event to a destination that is well (load average {load:.1f})"
    show(title, ["", "median of a round", "p50", "p99", "CPU an event"], rows)


def _compared(phase: str, rounds: list[tuple[dict[str, Any], dict[str, Any]]]) -> list[list[str]]:
    rows, figures = [], []
    for name, side in (("alone", 0), (phase, 1)):
        took = [1000 * each for both in rounds for each in both[side]["took"]]
        medians = [1000 * percentile(both[side]["took"], 0.5) for both in rounds]
        cpu = [1000 * both[side]["cpu"] / EVENTS for both in rounds]
        p50, p99, mean = percentile(took, 0.5), percentile(took, 0.99), sum(cpu) / len(cpu)
        figures.append((p50, p99, mean))
        told = [f"{p50:,.1f} ms", f"{p99:,.1f} ms", f"{mean:,.1f} ms"]
        rows.append([name, spread(medians, "ms"), *told])
    ratios = [f"{among / alone:.2f}" for alone, among in zip(*figures, strict=True)]
    return [*rows, ["ratio", "", *ratios]]


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

        async def ask(events: int) -> dict[str, Any]:
            stdin.write(f"{events}\n".encode())
            said: dict[str, Any] = json.loads(await stdout.readline())
            return said

        try:
            await stdout.readline()
            yield ask
        finally:
            child.kill()
            await child.wait()
