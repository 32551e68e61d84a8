"""What a job costs the worker, on both stores. How fast and how late it is, `bench.jobs` says, beside its peers."""

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
Result = dict[str, float]


async def run() -> None:
    stores = ["SQLite"]
    if "RALLYPOINT_TEST_POSTGRES" in os.environ:
        stores.append("PostgreSQL")
    load = os.getloadavg()[0]
    costs = {store: [await _measure(store) for _ in range(ROUNDS)] for store in stores}
    rows = [
        [store, spread([each["cpu"] for each in rounds], "µs")] for store, rounds in costs.items()
    ]
    title = f"{JOBS:,} jobs that do nothing (load average {load:.1f})"
    show(title, ["", "CPU of the worker a job"], rows)


async def _measure(store: str) -> Result:
    async with (
        _database(store) as url,
        local.started("-m", "bench.bots.engine", url, str(JOBS)) as child,
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
