"""An engine in a process of its own, to be killed or stopped: `python -m tests.kernel.engine_process <URL>`."""

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


async def say_that_it_runs_and_wait_for_a_line(work: Any) -> None:
    print("running", work.args.get("number", work.key), flush=True)
    await asyncio.to_thread(sys.stdin.readline)


async def main(url: str) -> None:
    async with await Database.open(url) as database:
        jobs = {"reminders.say": Job(handler=say_that_it_runs_and_wait_for_a_line)}
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
