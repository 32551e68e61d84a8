"""What a job costs the worker, on both stores. How fast and how late it is, `bench.jobs` says, beside its peers."""

from __future__ import annotations

import json
import os

from . import local
from .figures import show, spread

ROUNDS = 3
JOBS = 20_000
Result = dict[str, float]


async def run(*, quick: bool = False) -> None:
    jobs, rounds = (JOBS // 10, 1) if quick else (JOBS, ROUNDS)
    load = os.getloadavg()[0]
    costs = {
        store: [await _measure(store, jobs) for _ in range(rounds)] for store in local.stores()
    }
    rows = [
        [store, spread([each["cpu"] for each in taken], "µs")] for store, taken in costs.items()
    ]
    title = f"{jobs:,} jobs that do nothing (load average {load:.1f})"
    show(title, ["", "CPU of the worker a job"], rows)


async def _measure(store: str, jobs: int) -> Result:
    async with (
        local.database(store) as url,
        local.started("-m", "bench.bots.engine", url, str(jobs)) as child,
    ):
        assert child.stdout is not None
        result: Result = json.loads(await child.stdout.readline())
        return result
