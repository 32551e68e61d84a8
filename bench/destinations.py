"""How long an event takes to a destination that is well: alone, and among 999 that hang. Rounds are interleaved, all
within the 15 s for which these hang."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from . import local
from .figures import percentile, show, spread

HOLES = 999
ROUNDS, EVENTS = 20, 5
Ask = Callable[[int], Awaitable[dict[str, Any]]]


async def run(*, quick: bool) -> None:
    holes, turns = (HOLES // 10, 1) if quick else (HOLES, ROUNDS)
    load = os.getloadavg()[0]
    async with _world(0) as alone, _world(holes) as among:
        rounds = [(await alone(EVENTS), await among(EVENTS)) for _ in range(turns)]
    rows = []
    for name, side in (("alone", 0), (f"among {holes}", 1)):
        took = [1000 * each for both in rounds for each in both[side]["took"]]
        medians = [1000 * percentile(both[side]["took"], 0.5) for both in rounds]
        cpu = [1000 * both[side]["cpu"] / EVENTS for both in rounds]
        rows.append(
            [name, spread(medians, "ms"), f"{percentile(took, 0.99):,.1f} ms", spread(cpu, "ms")]
        )
    title = f"An event to a destination that is well (load average {load:.1f})"
    show(title, ["", "median of a round", "p99", "CPU an event"], rows)


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
