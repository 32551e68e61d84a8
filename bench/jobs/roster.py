"""Who takes part, in the order in which each measure is taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Needs = Literal["postgres", "sqlite", "redis", "amqp"]


MEASURES = ("drain", "burst", "quiet", "recovery", "ticks", "pending")


@dataclass(frozen=True, slots=True)
class Entry:
    title: str
    module: str
    """In `contestants`."""
    needs: Needs
    jobs: int
    """For the throughput: about three seconds' worth."""
    tuned: str
    """What differs from its defaults."""
    options: Mapping[str, Any] = field(default_factory=dict)
    measures: tuple[str, ...] = MEASURES
    ours: bool = False
    embedded: bool = False
    """The engine lives in the application's one process."""
    takes_all_first: bool = False
    """It takes what is due out of its store before it starts the first: it is measured from then on."""
    worker: tuple[str, ...] = ()
    """Its own command line, after the folder with its programs; empty: `Contestant.work`."""
    ticker: tuple[str, ...] = ()
    """A second process, for schedules."""
    counts: str = "its store's count"


ROSTER: dict[str, Entry] = {
    "rallypoint-postgres": Entry(
        title="Rallypoint, PostgreSQL",
        module="rallypoint",
        needs="postgres",
        jobs=20_000,
        tuned="nothing",
        ours=True,
        counts="rows of the history",
    ),
    "rallypoint-sqlite": Entry(
        title="Rallypoint, SQLite",
        module="rallypoint",
        needs="sqlite",
        jobs=20_000,
        tuned="nothing",
        ours=True,
        embedded=True,
        counts="rows of the history",
    ),
    "pgqueuer": Entry(
        title="PgQueuer, batch 500",
        module="pgqueuer",
        needs="postgres",
        jobs=20_000,
        tuned="batch_size 500, heartbeat_timeout 4 s (30), dequeue_timeout 1 s (30), uvloop",
        options={"batch": 500},
        counts="rows of the history",
    ),
    "pgqueuer-10": Entry(
        title="PgQueuer, batch 10",
        module="pgqueuer",
        needs="postgres",
        jobs=15_000,
        tuned="heartbeat_timeout 4 s (30), dequeue_timeout 1 s (30), uvloop",
        options={"batch": 10},
        measures=("drain", "burst"),
        counts="rows of the history",
    ),
    "celery": Entry(
        title="Celery, RabbitMQ",
        module="celery",
        needs="amqp",
        jobs=6_000,
        tuned="prefork 2, prefetch 50 (4), acks_late, reject_on_worker_lost, confirms; results ignored; "
        "without gossip, mingle, heartbeat",
        worker=(
            *("celery", "-A", "bench.jobs.contestants.celery", "worker", "-c", "2", "-l", "ERROR"),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ),
        ticker=("celery", "-A", "bench.jobs.contestants.celery", "beat", "-l", "ERROR"),
        counts="starts: the broker keeps none",
    ),
    "taskiq": Entry(
        title="Taskiq, RabbitMQ",
        module="taskiq",
        needs="amqp",
        jobs=8_000,
        tuned="1 worker, qos 100 (10), 100 async tasks, delay queue",
        worker=(
            *("taskiq", "worker", "bench.jobs.contestants.taskiq:broker", "--workers", "1"),
            *("--max-async-tasks", "100", "--log-level", "ERROR"),
        ),
        ticker=(
            *("taskiq", "scheduler", "bench.jobs.contestants.taskiq:scheduler"),
            *("--update-interval", "1", "--log-level", "ERROR"),
        ),
        counts="starts: the broker keeps none",
    ),
    "arq": Entry(
        title="arq, Redis",
        module="arq",
        needs="redis",
        jobs=4_000,
        tuned="poll_delay 0.05 s (0.5), max_jobs 100 (10), job_timeout 10 s (300), uvloop",
        counts="jobs gone from the queue",
    ),
    "procrastinate": Entry(
        title="Procrastinate",
        module="procrastinate",
        needs="postgres",
        jobs=1_500,
        tuned="concurrency 100 (1), polling 0.1 s (5), heartbeat 1.5 s (10), stalled after 5 s (30), "
        "its documented retry of stalled jobs each second",
        counts="rows of the history",
    ),
    "dbos": Entry(
        title="DBOS, PostgreSQL",
        module="dbos",
        needs="postgres",
        jobs=2_000,
        tuned="queue polling 0.05 s (1), worker_concurrency 500, scheduler polling 1 s (30), pool 20, backfill",
        counts="rows of the history",
    ),
    "apscheduler": Entry(
        title="APScheduler 3, SQLite",
        module="apscheduler",
        needs="sqlite",
        jobs=400,
        tuned="misfire_grace_time none (1 s), coalesce off, max_instances 1,000 (1)",
        embedded=True,
        takes_all_first=True,
        counts="starts: it keeps none",
    ),
}
