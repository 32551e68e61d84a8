"""`python -m bench.bots.engine URL SCENE COUNT`: the engine at work in a process of its own; one line of JSON."""

from __future__ import annotations

import asyncio
import json
import random
import resource
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from sqlalchemy import func, insert, select, text
from uvloop import new_event_loop

from bench.figures import percentile
from rallypoint.adapters.db import Database, migrate
from rallypoint.kernel.clock import SystemClock
from rallypoint.kernel.jobs import Engine, Job, Run, Timer, TimerState, Work, schedule

AHEAD = timedelta(seconds=3)
LOW = 150
APART = 0.03
IDLE = 10.0
Result = dict[str, float]


@dataclass
class Seen:
    """What the no-op handler notes: how late it was begun, in ms."""

    late: list[float] = field(default_factory=list)
    begun: list[int] = field(default_factory=list)
    done: asyncio.Event = field(default_factory=asyncio.Event)
    until: int = 0

    async def __call__(self, work: Work) -> None:
        self.late.append((datetime.now(UTC) - work.due_at).total_seconds() * 1000)
        self.begun.append(work.args["number"])
        if len(self.begun) >= self.until:
            self.done.set()

    async def count(self, number: int) -> None:
        await asyncio.wait_for(self.done.wait(), 60)
        self.done.clear()

    def expect(self, number: int) -> None:
        self.late.clear()
        self.begun.clear()
        self.until = number
        self.done.clear()


async def throughput(database: Database, seen: Seen, count: int) -> Result:
    """Due already when the engine starts; done is what the history shows."""
    seen.expect(count)
    await _insert(database, [datetime.now(UTC)] * count)
    began, cpu = time.perf_counter(), time.process_time()
    async with _at_work(database, seen):
        await seen.count(count)
        started = time.perf_counter() - began
        await _until_recorded(database, count)
        took = time.perf_counter() - began
    return {
        "started": count / started,
        "done": count / took,
        "cpu": (time.process_time() - cpu) / count * 1e6,
        "memory": _memory(),
    }


async def burst(database: Database, seen: Seen, count: int) -> Result:
    async with _at_work(database, seen):
        seen.expect(count)
        # All of one moment, and far enough ahead for all of them to be written before the engine looks ahead.
        due = datetime.now(UTC) + AHEAD + timedelta(seconds=count / 15_000)
        await _insert(database, [due] * count)
        written = datetime.now(UTC)
        await seen.count(count)
        await _until_recorded(database, count)
        recorded = (datetime.now(UTC) - due).total_seconds() * 1000
    return {
        **_lateness(seen.late),
        "recorded": recorded,
        "spare": (due - written).total_seconds(),
        "twice": len(seen.begun) - len(set(seen.begun)),
        "memory": _memory(),
    }


async def low(database: Database, seen: Seen, pending: int) -> Result:
    """One timer now and then, beside *pending* ones of the days to come."""
    await _fill(database, pending)
    seen.expect(1)
    await _insert(database, [datetime.now(UTC)])
    began = time.perf_counter()
    async with _at_work(database, seen):
        await seen.count(1)
        ready = time.perf_counter() - began
        seen.expect(LOW)
        now = datetime.now(UTC) + AHEAD
        for number in range(LOW):
            due = now + timedelta(seconds=APART * (number + random.random()))
            async with database.sessions.begin() as session:
                await schedule(session, "bench.nothing", due=due, number=number)
        await seen.count(LOW)
        late = _lateness(seen.late)
        await asyncio.sleep(2)
        cpu = time.process_time()
        await asyncio.sleep(IDLE)
        idle = (time.process_time() - cpu) / IDLE * 100
    return {"ready": ready, **late, "idle": idle, "memory": _memory()}


SCENES = {"throughput": throughput, "burst": burst, "low": low}


@asynccontextmanager
async def _at_work(database: Database, seen: Seen) -> AsyncIterator[None]:
    jobs = {"bench.nothing": Job(handler=seen), "bench.pending": Job(handler=seen)}
    engine = Engine(database.sessions, jobs, clock=SystemClock(), discord=cast(Any, None))
    running = asyncio.create_task(engine.run())
    try:
        yield
    finally:
        engine.stop()
        await running


async def _insert(database: Database, moments: Sequence[datetime]) -> None:
    rows = [
        {
            "kind": "bench.nothing",
            "args": {"number": number},
            "state": TimerState.WAITING,
            "planned_at": due,
            "due_at": due,
        }
        for number, due in enumerate(moments)
    ]
    async with database.engine.begin() as connection:
        await connection.execute(insert(Timer), rows)


_FILL = {
    "sqlite": """
        WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < :count),
            t(due) AS (SELECT datetime('now', '+1 hour', '+' || n || ' seconds') || '.000000' FROM s)
        INSERT INTO timer (kind, args, state, planned_at, due_at)
        SELECT 'bench.pending', '{"number": 0}', 'waiting', due, due FROM t
    """,
    "postgresql": """
        INSERT INTO timer (kind, args, state, planned_at, due_at)
        SELECT 'bench.pending', '{"number": 0}', 'waiting', due, due
        FROM generate_series(1, CAST(:count AS integer)) AS s(n),
            LATERAL (SELECT now() + interval '1 hour' + n * interval '1 second') AS t(due)
    """,
}


async def _fill(database: Database, count: int) -> None:
    """Timers from an hour ahead on, one a second; by the database itself, for a million of them takes its time."""
    if count:
        async with database.engine.begin() as connection:
            await connection.execute(text(_FILL[database.dialect]), {"count": count})


async def _until_recorded(database: Database, count: int) -> None:
    counted = select(func.count()).select_from(Run)
    recorded = 0
    while recorded < count:
        await asyncio.sleep(0.01)
        async with database.engine.begin() as connection:
            recorded = (await connection.execute(counted)).scalar_one()


def _lateness(late: Sequence[float]) -> Result:
    return {
        "p50": percentile(late, 0.5),
        "p99": percentile(late, 0.99),
        "last": max(late),
    }


def _memory() -> float:
    """What it holds now, in MB; the most it ever held says more about how the rows were put in."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


async def main(url: str, scene: str, count: int) -> None:
    async with await Database.open(url) as database:
        await migrate(database)
        print(json.dumps(await SCENES[scene](database, Seen(), count)), flush=True)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
