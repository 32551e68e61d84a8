"""The engine alone, on both stores: how many jobs a second, how late, and what a million pending timers change."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any

import asyncpg
from sqlalchemy import make_url

from . import local
from .figures import show, spread

ROUNDS = 3
JOBS = 20_000
BURSTS = (10_000, 50_000)
PENDING = (0, 1_000_000)
Result = dict[str, float]


async def run() -> None:
    stores = ["SQLite"]
    if "RALLYPOINT_TEST_POSTGRES" in os.environ:
        stores.append("PostgreSQL")
    load = os.getloadavg()[0]
    rates = {
        store: [await _measure(store, "throughput", JOBS) for _ in range(ROUNDS)]
        for store in stores
    }
    _show_rates(rates, load)
    _show_bursts({(s, n): await _measure(s, "burst", n) for s in stores for n in BURSTS})
    _show_pending({(s, n): await _measure(s, "low", n) for s in stores for n in PENDING})


async def _measure(store: str, scene: str, count: int) -> Result:
    async with (
        _database(store) as url,
        local.started("-m", "bench.bots.engine", url, scene, str(count)) as child,
    ):
        assert child.stdout is not None
        result: Result = json.loads(await child.stdout.readline())
        return result


@asynccontextmanager
async def _database(store: str) -> AsyncIterator[str]:
    """An empty one of this measurement's own."""
    if store == "SQLite":
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{Path(folder) / 'bench.db'}"
        return
    server = make_url(os.environ["RALLYPOINT_TEST_POSTGRES"])
    name = f"bench_{token_hex(4)}"
    plain = server.set(drivername="postgresql").render_as_string(hide_password=False)
    keeper: asyncpg.Connection[Any] = await asyncpg.connect(plain)
    await keeper.execute(f"CREATE DATABASE {name}")
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        await keeper.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await keeper.close()


def _show_rates(rates: dict[str, list[Result]], load: float) -> None:
    rows = [
        [
            store,
            spread([each["done"] for each in rounds], "/s"),
            spread([each["cpu"] for each in rounds], "µs"),
            f"{max(each['memory'] for each in rounds):.0f} MB",
        ]
        for store, rounds in rates.items()
    ]
    show(
        f"{JOBS:,} jobs that do nothing, done when the history says so (load average {load:.1f})",
        ["", "done", "CPU of the worker a job", "memory"],
        rows,
    )


def _show_bursts(bursts: dict[tuple[str, int], Result]) -> None:
    rows = [
        [
            f"{count:,} on {store}",
            *(f"{each[name]:,.0f} ms" for name in ("p50", "p99", "last", "recorded")),
            f"{each['twice']:.0f}",
        ]
        for (store, count), each in bursts.items()
    ]
    head = ["", "started after: median", "99 %", "the last", "all recorded", "started twice"]
    show("Timers due at the same moment", head, rows)


def _show_pending(low: dict[tuple[str, int], Result]) -> None:
    rows = [
        [
            f"{count:,} on {store}",
            f"{each['ready']:.2f} s",
            *(f"{each[name]:,.1f} ms" for name in ("p50", "p99", "last")),
            f"{each['idle']:.1f} %",
            f"{each['memory']:.0f} MB",
        ]
        for (store, count), each in low.items()
    ]
    head = ["pending", "ready after", "late: median", "99 %", "most", "idle", "memory"]
    show("One timer now and then, beside others that are far ahead", head, rows)
