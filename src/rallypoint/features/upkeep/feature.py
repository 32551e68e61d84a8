from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from rallypoint.kernel.feature import Feature, Retention
from rallypoint.kernel.jobs import Affinity, Builtin, Cron, Job

from . import jobs, texts
from .rules import BackupConfig, RetentionConfig, UpkeepSettings

LONG = timedelta(minutes=10)

SCHEDULES = (
    Builtin(
        id="retention",
        kind="upkeep.forget",
        recurrence=Cron("0 3 * * *"),
        description="Forget what is older than it is kept",
    ),
    Builtin(
        id="database_maintenance",
        kind="upkeep.maintain",
        recurrence=Cron("30 3 * * *"),
        description="Let the database count and tidy its tables",
    ),
    Builtin(
        id="backup",
        kind="upkeep.back_up",
        recurrence=Cron("0 4 * * *"),
        description="Copy the whole database into a file",
    ),
)

WORDS = {each.id: each.description for each in SCHEDULES}


def with_retention(others: Sequence[Retention]) -> Feature:
    """*others*: the hooks of the features there are."""
    return Feature(
        name="upkeep",
        jobs={
            "upkeep.forget": Job(
                handler=jobs.retain(others),
                config=RetentionConfig,
                timeout=LONG,
                words=WORDS["retention"],
            ),
            "upkeep.maintain": Job(
                handler=jobs.maintain, timeout=LONG, words=WORDS["database_maintenance"]
            ),
            "upkeep.back_up": Job(
                handler=jobs.back_up,
                affinity=Affinity.FOLDER,
                config=BackupConfig,
                timeout=LONG,
                words=WORDS["backup"],
            ),
        },
        schedules=SCHEDULES,
        settings=UpkeepSettings,
        refusals=texts.REFUSALS,
    )
