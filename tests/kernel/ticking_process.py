"""An engine that writes down each run of `test.tick`, by the clock that a test serves, until it is killed:
`python -m tests.kernel.ticking_process <database URL> <clock URL> <lease>`.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import text

from rallypoint.adapters.clock.followed import FollowedClock
from rallypoint.adapters.db import Database
from rallypoint.kernel.jobs import Engine, Job, Work

BEATS_A_LEASE = 4
EXECUTED = text("INSERT INTO execution (tick) VALUES (:tick)")
EFFECT = text("INSERT INTO effect (tick) VALUES (:tick) ON CONFLICT DO NOTHING")


async def tick(work: Work) -> None:
    """What it does outside is done once, however often it is run: it has a key."""
    async with work.sessions.begin() as session:
        await session.execute(EXECUTED, {"tick": work.key})
    async with work.sessions.begin() as session:
        await session.execute(EFFECT, {"tick": work.key})


async def main(url: str, clock_url: str, lease: timedelta) -> None:
    clock = FollowedClock(clock_url)
    following = asyncio.create_task(clock.run())
    await clock.following.wait()
    async with await Database.open(url) as database:
        jobs = {"test.tick": Job(handler=tick, attempts=20, words="ticks")}
        engine = Engine(
            database.sessions,
            jobs,
            clock=clock,
            discord=cast(Any, None),
            lease=lease,
            beat=lease / BEATS_A_LEASE,
            concurrency=20,
        )
        await engine.run()
    following.cancel()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], timedelta(seconds=float(sys.argv[3]))))
