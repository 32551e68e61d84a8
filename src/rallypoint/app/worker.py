"""One more process beside `up`, for what needs no connection to Discord: no bot and no dashboard."""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack
from datetime import timedelta

import structlog

from rallypoint.adapters.discord.line import Line
from rallypoint.adapters.discord.port import Port
from rallypoint.kernel.errors import CannotStart
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.settings import Settings
from rallypoint.kernel.watchdog import Lasting, begin_anew

from . import storage
from .clocks import clock_of
from .lifecycle import Member, run_together
from .machinery import Machinery, kinds
from .outside import carrier_of

log = structlog.get_logger(__name__)


async def work(settings: Settings) -> None:
    """Until cancelled. Raise CannotStart or PartDied, one line each."""
    if storage.sqlite_file(settings) is not None:
        raise CannotStart(
            "one program at a time works with an SQLite file, and that is `rallypoint up`;"
            " for more workers set RALLYPOINT_DATABASE_URL, here and there, to a PostgreSQL database"
        )
    async with AsyncExitStack() as stack:
        clock = await stack.enter_async_context(clock_of(settings.test_clock))
        database = await stack.enter_async_context(storage.existing(settings))
        database.vault.unlock()
        carrier = await stack.enter_async_context(carrier_of(settings, clock))
        parts = Parts(
            database.sessions,
            clock,
            Port(Line()),
            folder=settings.data,
            kinds=kinds(),
            settings=settings,
            carrier=carrier,
        )
        bound = timedelta(seconds=settings.worker_restart_after)
        # What recurs is `up`'s to look after: two versions would each keep putting it as they have it. So are events:
        # an older version takes one for handed on that nobody it knows wants to hear of.
        lasting = Lasting(bound, begin_anew)
        machinery = Machinery(parts, builtins=None, lasting=lasting, relays=False)
        announcement = Member(name="announcement", run=_announce)
        await run_together([*machinery.members(), announcement])


async def _announce() -> None:
    log.info("The worker is at work", pid=os.getpid())
    await asyncio.Event().wait()
