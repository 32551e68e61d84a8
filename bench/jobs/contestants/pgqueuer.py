"""https://pgqueuer.readthedocs.io: its own pool for the worker, one connection for who enqueues."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import asyncpg
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries

from bench.jobs.contract import SOON, Contestant, Place, by_thousands
from bench.jobs.starts import Writer

HEARTBEAT = timedelta(seconds=4)
POLL = timedelta(seconds=1)
"""With its default of 30 s a job whose worker died waits for that, not for the heartbeat."""


class OnPgQueuer(Contestant):
    def __init__(self, place: Place, writer: Writer, *, batch: int) -> None:
        super().__init__(place, writer)
        self._batch = batch

    async def prepare(self) -> None:
        connection = await asyncpg.connect(self.place.store)
        await Queries(AsyncpgDriver(connection)).install()
        await connection.close()

    async def open(self) -> None:
        self._connection = await asyncpg.connect(self.place.store)
        self._queries = Queries(AsyncpgDriver(self._connection))

    async def put(self, number: int, due: float, *, slow: bool = False) -> None:
        kind = "slow" if slow else "noop"
        await self._queries.enqueue(kind, _payload(number, due), execute_after=_after(due))

    async def put_many(self, numbers: Sequence[int], due: float) -> None:
        for some in by_thousands(numbers):
            payloads = [_payload(number, due) for number in some]
            count = len(some)
            after = [_after(due)] * count
            await self._queries.enqueue(["noop"] * count, payloads, [0] * count, after)

    async def finished(self) -> int | None:
        done = "SELECT count(*) FROM pgqueuer_log WHERE status = 'successful'"
        return int(await self._connection.fetchval(done))

    async def work(self) -> None:
        pool = await asyncpg.create_pool(self.place.store, min_size=3, max_size=5)
        engine = PgQueuer.from_asyncpg_pool(pool)
        engine.entrypoint("noop")(self._noop)
        engine.entrypoint("slow")(self._slow)
        if self.place.ticks:
            engine.schedule("tick", "* * * * * *")(self._tick)
        await engine.run(batch_size=self._batch, heartbeat_timeout=HEARTBEAT, dequeue_timeout=POLL)

    async def _noop(self, job: Any) -> None:
        number, due = json.loads(job.payload)
        # It keeps an interval from the server's now: what it made of that is what it can be late for.
        self.note(number, max(due, job.execute_after.timestamp()))

    async def _slow(self, job: Any) -> None:
        await self.run_slow(*json.loads(job.payload))

    async def _tick(self, schedule: Any) -> None:
        self.note(round(schedule.next_run.timestamp()), schedule.next_run.timestamp())

    async def close(self) -> None:
        await self._connection.close()


def _payload(number: int, due: float) -> bytes:
    return json.dumps([number, due]).encode()


def _after(due: float) -> timedelta | None:
    ahead = due - time.time()
    return timedelta(seconds=ahead) if ahead > SOON else None


def make(place: Place, writer: Writer, *, batch: int) -> Contestant:
    return OnPgQueuer(place, writer, batch=batch)
