"""`python -m bench.bots.engine URL COUNT`: the engine at work in a process of its own; one line of JSON."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import func, select
from uvloop import new_event_loop

from rallypoint.adapters.db import Database, migrate
from rallypoint.kernel.clock import SystemClock
from rallypoint.kernel.jobs import Engine, Job, Planned, Run, Work, schedule_many

KIND = "bench.nothing"
WITHIN = 60
"""Seconds for all of them."""


async def measure(database: Database, count: int) -> dict[str, float]:
    """All are due already when the engine starts; done is what the history shows."""
    done, left = asyncio.Event(), count

    async def nothing(work: Work) -> None:
        nonlocal left
        left -= 1
        if not left:
            done.set()

    async with database.sessions.begin() as session:
        await schedule_many(session, KIND, [Planned(datetime.now(UTC))] * count)
    engine = Engine(
        database.sessions,
        {KIND: Job(handler=nothing)},
        clock=SystemClock(),
        discord=cast(Any, None),
    )
    cpu = time.process_time()
    running = asyncio.create_task(engine.run())
    await asyncio.wait_for(done.wait(), WITHIN)
    await _until_recorded(database, count)
    cpu = time.process_time() - cpu
    engine.stop()
    await running
    return {"cpu": cpu / count * 1e6}


async def _until_recorded(database: Database, count: int) -> None:
    recorded = 0
    while recorded < count:
        await asyncio.sleep(0.01)
        async with database.engine.begin() as connection:
            recorded = await connection.scalar(select(func.count()).select_from(Run)) or 0


async def main(url: str, count: int) -> None:
    async with await Database.open(url) as database:
        await migrate(database)
        print(json.dumps(await measure(database, count)), flush=True)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(main(sys.argv[1], int(sys.argv[2])))
