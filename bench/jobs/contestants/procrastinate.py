"""https://procrastinate.readthedocs.io, with the periodic retry of stalled jobs its how-to tells to add."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from procrastinate import App, JobContext, PsycopgConnector

from bench.jobs.contract import SOON, Contestant, Place, by_thousands
from bench.jobs.starts import Writer

BEAT = 1.5
STALLED = 5.0


class OnProcrastinate(Contestant):
    def __init__(self, place: Place, writer: Writer) -> None:
        super().__init__(place, writer)
        self._app = App(connector=PsycopgConnector(conninfo=place.store, max_size=20))
        self._noop_task = self._app.task(name="noop")(self._noop)
        self._slow_task = self._app.task(name="slow")(self._slow)

    async def prepare(self) -> None:
        async with self._app.open_async():
            await self._app.schema_manager.apply_schema_async()

    async def open(self) -> None:
        await self._app.open_async()

    async def put(self, number: int, due: float, *, slow: bool = False) -> None:
        task = self._slow_task if slow else self._noop_task
        await self._at(task, due).defer_async(number=number, due=due)

    async def put_many(self, numbers: Sequence[int], due: float) -> None:
        for some in by_thousands(numbers):
            arguments = [{"number": number, "due": due} for number in some]
            await self._at(self._noop_task, due).batch_defer_async(*arguments)

    def _at(self, task: Any, due: float) -> Any:
        if due > time.time() + SOON:
            return task.configure(schedule_at=datetime.fromtimestamp(due, UTC))
        return task.configure()

    async def finished(self) -> int | None:
        done = "SELECT count(*) AS n FROM procrastinate_jobs WHERE status = 'succeeded'"
        row = await self._app.connector.execute_query_one_async(done)
        return int(row["n"])

    async def work(self) -> None:
        retry = self._app.task(name="retry_stalled", queueing_lock="retry", pass_context=True)
        self._app.periodic(cron="* * * * * *")(retry(_retry_stalled))
        if self.place.ticks:
            self._app.periodic(cron="* * * * * *")(self._app.task(name="tick")(self._tick))
        async with self._app.open_async():
            await self._app.run_worker_async(
                concurrency=100,
                fetch_job_polling_interval=0.1,
                update_heartbeat_interval=BEAT,
                stalled_worker_timeout=STALLED,
                install_signal_handlers=False,
            )

    async def _noop(self, number: int, due: float) -> None:
        self.note(number, due)

    async def _slow(self, number: int, due: float) -> None:
        await self.run_slow(number, due)

    async def _tick(self, timestamp: int) -> None:
        self.note(timestamp, timestamp)

    async def close(self) -> None:
        await self._app.close_async()


async def _retry_stalled(context: JobContext, timestamp: int) -> None:
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED):
        await manager.retry_job(job)


def make(place: Place, writer: Writer) -> Contestant:
    return OnProcrastinate(place, writer)
