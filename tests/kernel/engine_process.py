"""An engine in a process of its own, to be killed: `python -m tests.kernel.engine_process <database URL>`."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from typing import Any, cast

from rallypoint.adapters.db import Database
from rallypoint.kernel.clock import SystemClock
from rallypoint.kernel.jobs import Engine, Job

LEASE = timedelta(seconds=0.5)
BEAT = timedelta(seconds=0.1)


async def say_that_it_runs_and_never_end(work: Any) -> None:
    print("running", work.args["number"], flush=True)
    await asyncio.Event().wait()


async def main(url: str) -> None:
    async with await Database.open(url) as database:
        jobs = {"reminders.say": Job(handler=say_that_it_runs_and_never_end)}
        await Engine(
            database.sessions,
            jobs,
            clock=SystemClock(),
            discord=cast(Any, None),
            lease=LEASE,
            beat=BEAT,
        ).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
