"""The product with very many timers that are not due, beside the product without."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from pathlib import Path

import asyncpg

from .measures import CAP, SETTLED, Figures, Scale, singles
from .stage import Stage, set_up

WORK_BEGINS = -1
"""The worker's own note of when it began: how long Python takes to load it is not counted."""
FIRST = 1
FAR = 40 * 86_400
"""Seconds ahead is the first of them, each of the others one second more."""
LATER = {
    "postgresql": "{column} + number * interval '1 second'",
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f000', {column}, '+' || number || ' seconds')",
}
NUMBERS = {
    "postgresql": "SELECT generate_series(1, {count}) AS number",
    "sqlite": "WITH RECURSIVE n(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM n WHERE number < {count})"
    " SELECT number FROM n",
}


async def pending(name: str, place: str | None, scale: Scale) -> Figures:
    figures: Figures = {"pending": scale.pending}
    for key, count in (("without", 0), ("with", scale.pending)):
        async with set_up(name, place) as stage:
            taken = await _take(stage, count, scale)
        figures |= {f"pending_{key}_{what}": value for what, value in taken.items()}
    return figures


async def _take(stage: Stage, count: int, scale: Scale) -> Figures:
    await stage.open_client()
    await stage.ask("put", first=FIRST + 1, dues=[time.time() + FAR])
    if count:
        await _multiply(stage.store, count)
    await stage.ask("put", first=FIRST, dues=[time.time() - 1])
    await stage.start_worker()
    if not await stage.until_started(FIRST, 1, within=CAP):
        return {"said": f"not ready in {CAP:.0f} s"}
    begun = max(start.at for start in stage.starts(WORK_BEGINS, 1))
    ready = min(start.at for start in stage.starts(FIRST, 1)) - begun
    await asyncio.sleep(SETTLED)
    return {"ready": ready} | await singles(stage, scale) | {"rss": stage.resident()}


async def _multiply(store: str, count: int) -> None:
    """Copies of the one timer the product's own API has written, each due a second after the one before: to have a
    million written one by one would take minutes, and is not what is measured."""
    if store.startswith("sqlite"):
        path = Path(store.removeprefix("sqlite:///"))
        with sqlite3.connect(path) as connection:
            names = [row[1] for row in connection.execute("PRAGMA table_info(timer)")]
            connection.execute(_copies("sqlite", names, count))
        connection.close()
        return
    server = await asyncpg.connect(store)
    told = "SELECT column_name FROM information_schema.columns WHERE table_name = 'timer'"
    names = [row["column_name"] for row in await server.fetch(told)]
    await server.execute(_copies("postgresql", names, count))
    await server.close()


def _copies(dialect: str, names: list[str], count: int) -> str:
    copied = [name for name in names if name not in {"id", "due_at", "planned_at"}]
    later = [LATER[dialect].format(column=column) for column in ("due_at", "planned_at")]
    return (
        f"INSERT INTO timer ({', '.join([*copied, 'due_at', 'planned_at'])}) "
        f"SELECT {', '.join([*copied, *later])} FROM timer, "
        f"({NUMBERS[dialect].format(count=count)}) AS numbers WHERE timer.state = 'waiting'"
    )
