from __future__ import annotations

from rallypoint.kernel.jobs import Work

from .service import sending


async def send(work: Work) -> None:
    await sending.send(work)
