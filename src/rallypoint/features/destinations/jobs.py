from __future__ import annotations

from pydantic import BaseModel

from rallypoint.kernel.ids import UserId
from rallypoint.kernel.jobs import Work

from .service import privacy


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
