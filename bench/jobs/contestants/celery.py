"""https://docs.celeryq.dev: a prefork worker and, for schedules, beat; acknowledged late, so that nothing is lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from celery import Celery

from bench.jobs.contract import SLOW, SOON, Contestant, Place
from bench.jobs.process import this_place
from bench.jobs.starts import Writer

place = this_place()
app = Celery("bench", broker=place.store)
app.conf.update(
    task_default_queue=place.name,
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=50,
    worker_enable_remote_control=False,
    broker_transport_options={"confirm_publish": True},
    broker_connection_retry_on_startup=True,
    timezone="UTC",
    beat_schedule={"tick": {"task": "tick", "schedule": 1.0}},
    beat_schedule_filename=str(place.folder / "beat"),
)
writers: list[Writer] = []


def note(number: int, due: float) -> None:
    if not writers:
        writers.append(Writer(place.folder))
    writers[0].note(number, due)


def run_slow(number: int, due: float) -> None:
    note(number, due)
    time.sleep(SLOW)


def tick() -> None:
    """It is not told for which moment it runs."""
    now = time.time()
    note(round(now), now)


noop_task = app.task(name="noop")(note)
slow_task = app.task(name="slow")(run_slow)
tick_task = app.task(name="tick")(tick)


class OnCelery(Contestant):
    async def open(self) -> None:
        self._producer = app.amqp.Producer(app.connection_for_write())

    async def put(self, number: int, due: float, *, slow: bool = False) -> None:
        await asyncio.to_thread(self._send, [number], due, slow)

    async def put_many(self, numbers: Sequence[int], due: float) -> None:
        """It has no bulk: one after the other over one connection."""
        await asyncio.to_thread(self._send, numbers, due, False)

    def _send(self, numbers: Sequence[int], due: float, slow: bool) -> None:
        task = slow_task if slow else noop_task
        eta = datetime.fromtimestamp(due, UTC) if due > time.time() + SOON else None
        for number in numbers:
            task.apply_async((number, due), eta=eta, producer=self._producer)


def make(place: Place, writer: Writer) -> Contestant:
    return OnCelery(place, writer)
