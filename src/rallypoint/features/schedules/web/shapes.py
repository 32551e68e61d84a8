"""What is told of schedules and their runs. Ids are strings, moments are in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from rallypoint.kernel.jobs import Job, Run, Schedule
from rallypoint.kernel.jobs.schedules import Listed
from rallypoint.kernel.jobs.spoken import last_line, when

from .recurrences import Shown, shown


class Described(BaseModel):
    """What is told of any schedule."""

    name: str
    description: str
    task_type: str
    schedule: Shown
    schedule_words: str = Field(examples=["every day at 03:00, UTC"])
    is_active: bool
    next_run_at: datetime | None
    last_run_at: datetime | None
    last_status: str | None = Field(
        description="`success`, `failed`, `running`, `timed_out`, `interrupted` or `skipped`"
    )
    last_error: str | None = Field(description="The last line of the error")
    parked: str | None = Field(
        description="Why it is not run any more: it failed for good, or a newer version wrote it"
    )
    waits_for: str | None = Field(
        description="It is due, and begins once this is there: `discord`, the bot's connection;"
        " or `folder`, the process that has the data folder. `null`: nothing is missing"
    )
    successes: int
    failures: int


class Builtin(Described):
    """The program's own. `task_config`, which may name a folder of the machine, `last_error` and `parked` are told to
    whoever runs the program alone; to others they are `null`."""

    id: str = Field(examples=["retention"])
    task_config: dict[str, Any] | None


class Task(Described):
    id: str = Field(examples=["12"])
    guild_id: str | None
    task_config: dict[str, Any]
    misfire: str = Field(description="What becomes of missed turns: `once` or `skip`")
    attempts: int | None = Field(description="`null`: as the task type says")
    timeout_seconds: float | None = Field(description="`null`: as the task type says")
    created_by: str | None
    created_at: datetime
    updated_at: datetime


class Ran(BaseModel):
    id: str
    due_at: datetime
    started_at: datetime
    finished_at: datetime
    lateness_seconds: float = Field(description="How long after it was due it began")
    attempt: int = Field(description="`1`: the first")
    status: str
    error: str | None = Field(description="The last line of the error")


class TaskType(BaseModel):
    task_type: str
    words: str = Field(description="What it does")
    config_schema: dict[str, Any] = Field(description="The JSON Schema of `task_config`")


class Builtins(BaseModel):
    items: list[Builtin]


class Tasks(BaseModel):
    items: list[Task]


class TaskTypes(BaseModel):
    items: list[TaskType]


class Runs(BaseModel):
    items: list[Ran]
    next: str | None = Field(description="For `before`; `null`: these were the last")


class Status(BaseModel):
    """The counts are told to whoever runs the program alone; to others they are `null`."""

    running: bool = Field(description="Whether a scheduler is at work")
    heartbeat_at: datetime | None = Field(
        description="When it was heard of last, by the database's clock"
    )
    workers: int | None
    tasks_running: int | None
    tasks_claimed: int | None = Field(description="About to be due, in a worker's memory")
    late: int | None = Field(description="Due for more than a minute, and not begun")
    failed: int | None = Field(description="Given up")
    parked: int | None = Field(description="Written by a newer version")
    builtin_tasks: list[Builtin]


def task(listed: Listed, kinds: Mapping[str, Job], now: datetime) -> Task:
    row = listed.schedule
    return Task(
        id=str(row.id),
        guild_id=_id(row.guild_id),
        task_config=row.config,
        misfire=row.misfire,
        attempts=row.attempts,
        timeout_seconds=row.timeout_seconds,
        created_by=_id(row.created_by),
        created_at=row.created_at,
        updated_at=row.updated_at,
        **_described(listed, kinds, now),
    )


def builtin(listed: Listed, kinds: Mapping[str, Job], now: datetime, *, whole: bool) -> Builtin:
    described = _described(listed, kinds, now) | {"task_config": listed.schedule.config}
    if not whole:
        described |= {"task_config": None, "last_error": None, "parked": None}
    return Builtin(id=listed.schedule.builtin or "", **described)


def ran(run: Run) -> Ran:
    return Ran(
        id=str(run.id),
        due_at=run.due_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
        lateness_seconds=max(0.0, (run.started_at - run.due_at).total_seconds()),
        attempt=run.attempt,
        status=run.status,
        error=last_line(run.error),
    )


def task_types(kinds: Mapping[str, Job]) -> TaskTypes:
    return TaskTypes(
        items=[
            TaskType(task_type=kind, words=job.words, config_schema=_schema(job))
            for kind, job in sorted(kinds.items())
            if job.custom
        ]
    )


def _schema(job: Job) -> dict[str, Any]:
    if job.config is None:
        return {"type": "object", "properties": {}, "additionalProperties": False}
    return job.config.model_json_schema()


def _described(listed: Listed, kinds: Mapping[str, Job], now: datetime) -> dict[str, Any]:
    row: Schedule = listed.schedule
    return {
        "name": row.name,
        "description": row.description,
        "task_type": row.kind,
        "schedule": shown(row),
        "schedule_words": when(row),
        "is_active": row.active,
        "next_run_at": row.next_run_at,
        "last_run_at": row.last_run_at,
        "last_status": row.last_status if listed.running_since is None else "running",
        "last_error": last_line(row.last_error),
        "parked": last_line(listed.parked),
        "waits_for": listed.waits_for(kinds.get(row.kind), now),
        "successes": row.successes,
        "failures": row.failures,
    }


def _id(value: int | None) -> str | None:
    return None if value is None else str(value)
