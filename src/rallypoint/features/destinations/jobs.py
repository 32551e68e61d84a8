from __future__ import annotations

import structlog
from pydantic import BaseModel

from rallypoint.features.deliveries import api as deliveries
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import UserId
from rallypoint.kernel.jobs import Work

from . import texts
from .service import fitting, privacy

log = structlog.get_logger()


async def start(parts: Parts) -> None:
    """What a new version, or other settings, leave without a way to be sent is said before the first event is."""
    async with parts.sessions() as session:
        for row, refused in await fitting.unfit(session, deliveries.terms_of(parts)):
            why = texts.words(refused)
            log.error("Nothing can be sent to a destination", id=row.id, name=row.name, why=why)


class Erase(BaseModel):
    user_id: int
    upto: int
    after: int = 0


async def erase(work: Work) -> None:
    config = Erase.model_validate(work.args)
    after: int | None = config.after
    while after is not None:
        async with work.sessions.begin() as session:
            erased = await privacy.erase(
                session,
                UserId(config.user_id),
                after=after,
                upto=config.upto,
                now=work.clock.now(),
            )
        after = erased.next
