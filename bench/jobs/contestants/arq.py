"""https://arq-docs.helpmanual.io"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from arq import Worker, create_pool, cron, func
from arq.connections import RedisSettings

from bench.jobs.contract import SOON, Contestant, Place
from bench.jobs.starts import Writer

TIMEOUT = 10


class OnArq(Contestant):
    async def open(self) -> None:
        settings = RedisSettings.from_dsn(self.place.store)
        self._pool = await create_pool(settings, default_queue_name=self.place.name)
        self._put = 0

    async def put(self, number: int, due: float, *, slow: bool = False) -> None:
        at = datetime.fromtimestamp(due, UTC) if due > time.time() + SOON else None
        await self._pool.enqueue_job("slow" if slow else "noop", number, due, _defer_until=at)
        self._put += 1

    async def finished(self) -> int | None:
        """It takes a job from the queue when it has written the result."""
        return self._put - int(await self._pool.zcard(self.place.name))

    async def work(self) -> None:
        ticks = [cron(self._tick, name="tick", second=set(range(60)))] if self.place.ticks else None
        worker = Worker(
            functions=[func(self._noop, name="noop"), func(self._slow, name="slow")],
            cron_jobs=ticks,
            redis_settings=RedisSettings.from_dsn(self.place.store),
            queue_name=self.place.name,
            poll_delay=0.05,
            max_jobs=100,
            job_timeout=TIMEOUT,
            handle_signals=False,
        )
        await worker.async_run()

    async def _noop(self, _: Any, number: int, due: float) -> None:
        self.note(number, due)

    async def _slow(self, _: Any, number: int, due: float) -> None:
        await self.run_slow(number, due)

    async def _tick(self, context: dict[str, Any]) -> None:
        # A cron job's id ends with the moment it is for, in milliseconds.
        planned = int(context["job_id"].rpartition(":")[2]) / 1000
        self.note(int(planned), planned)

    async def close(self) -> None:
        await self._pool.aclose()


def make(place: Place, writer: Writer) -> Contestant:
    return OnArq(place, writer)
