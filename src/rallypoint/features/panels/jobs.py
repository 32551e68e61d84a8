from __future__ import annotations

import contextlib

from rallypoint.features.rooms import api as rooms
from rallypoint.kernel.errors import NotFound
from rallypoint.kernel.events import Happened
from rallypoint.kernel.jobs import Work

from . import texts
from .service import panel, renaming


async def follow_rooms(work: Work, happened: Happened[rooms.Opened]) -> None:
    if happened.event.keeper != rooms.KEEPER:
        return
    async with work.sessions.begin() as session:
        await panel.show(session, happened.event.room_id, now=work.clock.now())


async def show(work: Work) -> None:
    await panel.draw(work, work.args["room_id"], texts.panel)


async def rename(work: Work) -> None:
    # A room that is gone wants no name.
    with contextlib.suppress(NotFound):
        await renaming.carry_out(work, work.args["room_id"])
