"""https://taskiq-python.github.io with taskiq-aio-pika: delayed jobs wait in a queue whose dead letters are due."""

from __future__ import annotations

import asyncio
import time

from taskiq import TaskiqScheduler
from taskiq.schedule_sources import LabelScheduleSource
from taskiq_aio_pika import AioPikaBroker, Exchange, Queue

from bench.jobs.contract import SLOW, SOON, Contestant, Place
from bench.jobs.process import this_place
from bench.jobs.starts import Writer

place = this_place()
broker = AioPikaBroker(
    place.store,
    qos=100,
    exchange=Exchange(name=place.name),
    task_queues=[Queue(name=place.name, routing_key=place.name)],
    delay_queue=Queue(name=f"{place.name}.delay"),
    dead_letter_queue=Queue(name=f"{place.name}.dead"),
)
scheduler = TaskiqScheduler(broker, [LabelScheduleSource(broker)])
writers: list[Writer] = []


def note(number: int, due: float) -> None:
    if not writers:
        writers.append(Writer(place.folder))
    writers[0].note(number, due)


async def noop(number: int, due: float) -> None:
    note(number, due)


async def run_slow(number: int, due: float) -> None:
    note(number, due)
    await asyncio.sleep(SLOW)


async def tick() -> None:
    """It is not told for which moment it runs."""
    now = time.time()
    note(round(now), now)


noop_task = broker.register_task(noop, "noop")
slow_task = broker.register_task(run_slow, "slow")
tick_task = broker.register_task(tick, "tick", schedule=[{"interval": 1}])


class OnTaskiq(Contestant):
    async def open(self) -> None:
        await broker.startup()

    async def put(self, number: int, due: float, *, slow: bool = False) -> None:
        task = (slow_task if slow else noop_task).kicker()
        if (ahead := due - time.time()) > SOON:
            task = task.with_labels(delay=ahead)
        await task.kiq(number, due)

    async def close(self) -> None:
        await broker.shutdown()


def make(place: Place, writer: Writer) -> Contestant:
    return OnTaskiq(place, writer)
