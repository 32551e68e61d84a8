"""https://apscheduler.readthedocs.io (3.x): its store must not be shared, so it is client and worker in one process."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import UTC, datetime
from typing import Any

from apscheduler.events import EVENT_JOB_SUBMITTED
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bench.jobs.contract import SOON, Contestant, Place
from bench.jobs.starts import Writer

TICK = "tick"
running: list[OnApscheduler] = []


class OnApscheduler(Contestant):
    async def open(self) -> None:
        logging.disable(logging.WARNING)
        running.append(self)
        self._scheduler = AsyncIOScheduler(
            jobstores={"default": SQLAlchemyJobStore(url=self.place.store)},
            job_defaults={"misfire_grace_time": None, "coalesce": False, "max_instances": 1000},
            timezone="UTC",
        )
        self._scheduler.add_listener(self._submitted, EVENT_JOB_SUBMITTED)
        self._scheduler.start(paused=True)

    async def put(self, number: int, due: float, *, slow: bool = False) -> None:
        at = datetime.fromtimestamp(due, UTC) if due > time.time() + SOON else None
        when: dict[str, Any] = {"trigger": "date", "run_date": at} if at else {}
        self._scheduler.add_job(run_slow if slow else noop, args=(number, due), **when)

    async def work(self) -> None:
        if self.place.ticks and self._scheduler.get_job(TICK) is None:
            self._scheduler.add_job(tick, "interval", seconds=1, id=TICK)
        self._scheduler.resume()
        await asyncio.Event().wait()

    def _submitted(self, event: Any) -> None:
        """Only here it is said for which moments a job runs."""
        if event.job_id == TICK:
            for planned in event.scheduled_run_times:
                self.note(round(planned.timestamp()), planned.timestamp())


# A stored job is found again by its name: these cannot be methods.
async def noop(number: int, due: float) -> None:
    running[0].note(number, due)


async def run_slow(number: int, due: float) -> None:
    await running[0].run_slow(number, due)


async def tick() -> None:
    """Noted when it is submitted."""


def make(place: Place, writer: Writer) -> Contestant:
    return OnApscheduler(place, writer)
