from __future__ import annotations

from collections.abc import Sequence

import structlog

from rallypoint.kernel.feature import Retention
from rallypoint.kernel.jobs import Handler, Work

from .rules import BackupConfig, RetentionConfig
from .service import files, retention

log = structlog.get_logger()


def retain(others: Sequence[Retention]) -> Handler:
    """*others*: what the features forget of their rows."""

    async def forget(work: Work) -> None:
        config = RetentionConfig.model_validate(work.args)
        rows = await retention.forget(work.sessions, config, others, now=work.clock.now())
        log.info("Forgot what was too old", rows=rows)

    return forget


async def maintain(work: Work) -> None:
    if not await files.maintain(work.sessions):
        log.warning(
            "The file of the database keeps the room of what was forgotten: "
            "stop the program and run VACUUM on it once, which takes a while"
        )


async def back_up(work: Work) -> None:
    config = BackupConfig.model_validate(work.args)
    target = await files.back_up(work.sessions, config, due_at=work.due_at, data=work.folder)
    log.info("Backed up the database", file=str(target))
