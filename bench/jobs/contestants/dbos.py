"""https://docs.dbos.dev: a queue of workflows, put by its client from another process."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from typing import Any

import psycopg
from dbos import DBOS, DBOSClient

from bench.jobs.contract import SOON, Contestant, Place
from bench.jobs.starts import Writer

QUEUE = "bench"


class OnDbos(Contestant):
    async def prepare(self) -> None:
        await asyncio.to_thread(self._launch)
        await asyncio.to_thread(DBOS.destroy)

    async def open(self) -> None:
        self._client = await asyncio.to_thread(
            lambda: DBOSClient(system_database_url=self.place.store, application_name="bench")
        )

    async def put(self, number: int, due: float, *, slow: bool = False) -> None:
        options: Any = {"queue_name": QUEUE, "workflow_name": "slow" if slow else "noop"}
        if (ahead := due - time.time()) > SOON:
            options["delay_seconds"] = ahead
        await self._client.enqueue_async(options, number, due)

    async def finished(self) -> int | None:
        return await asyncio.to_thread(self._count)

    def _count(self) -> int:
        done = (
            "SELECT count(*) FROM dbos.workflow_status WHERE status = 'SUCCESS' AND name = 'noop'"
        )
        with psycopg.connect(self.place.store) as connection:
            row = connection.execute(done).fetchone()
            return int(row[0]) if row else 0

    async def work(self) -> None:
        tick = await asyncio.to_thread(self._launch)
        if self.place.ticks:
            await asyncio.to_thread(_have_ticks, tick)
        await asyncio.Event().wait()

    def _launch(self) -> Any:
        DBOS(
            config={
                "name": "bench",
                "system_database_url": self.place.store,
                "application_version": "1",
                "log_level": "ERROR",
                "run_admin_server": False,
                "scheduler_polling_interval_sec": 1.0,
                "sys_db_pool_size": 20,
            }
        )
        DBOS.workflow(name="noop")(self._noop_workflow())
        DBOS.workflow(name="slow")(self._slow_workflow())
        tick = DBOS.workflow(name="tick")(self._tick_workflow())
        DBOS.launch()
        DBOS.register_queue(QUEUE, worker_concurrency=500, polling_interval_sec=0.05)
        return tick

    # It wants functions, not methods.
    def _noop_workflow(self) -> Any:
        async def noop(number: int, due: float) -> None:
            self.note(number, due)

        return noop

    def _slow_workflow(self) -> Any:
        async def slow(number: int, due: float) -> None:
            await self.run_slow(number, due)

        return slow

    def _tick_workflow(self) -> Any:
        async def tick(at: datetime, _: Any) -> None:
            self.note(round(at.timestamp()), at.timestamp())

        return tick


def _have_ticks(tick: Any) -> None:
    if DBOS.get_schedule("tick") is None:
        DBOS.create_schedule(
            schedule_name="tick",
            workflow_fn=tick,
            schedule="* * * * * *",
            automatic_backfill=True,
            queue_name=QUEUE,
        )


def make(place: Place, writer: Writer) -> Contestant:
    return OnDbos(place, writer)
