from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from rallypoint.kernel.feature import Feature, Retention
from rallypoint.kernel.jobs import Builtin, Cron, Interval, Job

from . import jobs, texts
from .rules import BackupConfig, RetentionConfig

LONG = timedelta(minutes=10)

SCHEDULES = (
    Builtin(
        id="retention",
        kind="schedules.retain",
        recurrence=Cron("0 3 * * *"),
        description="Forget what is older than it is kept",
    ),
    Builtin(
        id="database_maintenance",
        kind="schedules.maintain",
        recurrence=Cron("30 3 * * *"),
        description="Let the database count and tidy its tables",
    ),
    Builtin(
        id="backup",
        kind="schedules.back_up",
        recurrence=Cron("0 4 * * *"),
        description="Copy the whole database into a file",
    ),
    Builtin(
        id="health_check",
        kind="schedules.check_health",
        recurrence=Interval(timedelta(hours=1)),
        description="Write into the log whether anything is late, failed or left",
    ),
)


def with_retention(others: Sequence[Retention]) -> Feature:
    """*others*: the hooks of the features there are."""
    return Feature(
        name="schedules",
        jobs={
            "schedules.retain": Job(
                handler=jobs.retain(others), config=RetentionConfig, timeout=LONG
            ),
            "schedules.maintain": Job(handler=jobs.maintain, timeout=LONG),
            "schedules.back_up": Job(handler=jobs.back_up, config=BackupConfig, timeout=LONG),
            "schedules.check_health": Job(handler=jobs.check_health),
        },
        schedules=SCHEDULES,
        refusals=texts.REFUSALS,
    )
