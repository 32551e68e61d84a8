"""Many schedules, several processes, and a kill -9 every now and then: each tick is made once, and none is missed."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from fakecord import Fakecord
from rallypoint.kernel.jobs import Cron, Interval, Job, Run, RunStatus, Schedule, Timer, schedules
from rallypoint.kernel.jobs.schedules import Wanted

from .conftest import Handler

ROOT = Path(__file__).parents[2]
MINUTE = timedelta(minutes=1)
LOOK = 0.02
PATIENCE = 300.0
EVERY_MINUTE = (Cron("* * * * *"), Interval(MINUTE))


class Works:
    """Processes at one database, one of which is killed and replaced at will."""

    def __init__(self, database_url: str, fake: Fakecord, sessions) -> None:
        self.kills = 0
        self._args = [database_url, f"{fake.url}/_control/clock/stream"]
        self.lease = 1.0
        self._fake = fake
        self._sessions = sessions
        self._processes: list[asyncio.subprocess.Process] = []

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self._fake.clock.now(), UTC)

    async def start(self) -> None:
        """With a short lease an engine on a busy machine often loses it, which is not what is looked at here."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.kernel.ticking_process", *self._args, str(self.lease)),
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        )
        self._processes.append(process)

    async def kill_one(self) -> None:
        victim = self._processes.pop(random.randrange(len(self._processes)))
        assert victim.returncode is None, "it had ended by itself"
        await self._end(victim)
        self.kills += 1
        await self.start()

    async def _end(self, process) -> None:
        process.kill()
        await process.wait()

    async def end(self) -> None:
        for process in self._processes:
            await self._end(process)

    async def schedule(self, count: int) -> list[int]:
        kinds = {"test.tick": Job(handler=Handler(), words="ticks")}
        async with self._sessions.begin() as session:
            for table in ("execution (tick text)", "effect (tick text PRIMARY KEY)"):
                await session.execute(text(f"CREATE TABLE {table}"))
            wanted = [
                Wanted(name=f"{n}", kind="test.tick", recurrence=EVERY_MINUTE[n % 2])
                for n in range(count)
            ]
            rows = [
                await schedules.create(session, kinds, each, by=None, now=self.now)
                for each in wanted
            ]
            return [row.id for row in rows]

    async def minute(self, count: int, *, kill: bool) -> None:
        """A minute goes by; wait until all its ticks are done and recorded. *kill*: one process, in their midst."""
        before = await self.count(text("SELECT count(*) FROM execution"))
        self._fake.clock.advance(60)
        if kill:
            some = before + random.randint(1, count // 2)
            await self._until(text("SELECT count(*) FROM execution"), some)
            await self.kill_one()
        done = select(func.count()).where(Timer.state == "waiting", Timer.due_at > self.now)
        await self._until(done, count)

    async def _until(self, statement, least: int) -> None:
        give_up_at = asyncio.get_running_loop().time() + PATIENCE
        while (seen := await self.count(statement)) < least:
            assert asyncio.get_running_loop().time() < give_up_at, f"{statement}: {seen} of {least}"
            await asyncio.sleep(LOOK)

    async def count(self, statement) -> int:
        async with self._sessions() as session:
            return await session.scalar(statement) or 0

    async def column(self, statement) -> list[Any]:
        async with self._sessions() as session:
            return list((await session.execute(text(statement))).scalars())


@pytest.fixture
async def works(database_url, fake, sessions):
    # At a full minute, so that a cron's minutes are an interval's.
    fake.clock.advance(60 - fake.clock.now() % 60)
    works = Works(database_url, fake, sessions)
    yield works
    await works.end()


@pytest.mark.parametrize(
    ("processes", "count", "minutes", "kill_every", "lease"),
    [
        pytest.param(2, 20, 2, 2, 1.0, id="a few"),
        pytest.param(
            3, 250, 40, 2, 5.0, id="10000", marks=[pytest.mark.chaos, pytest.mark.timeout(1800)]
        ),
    ],
)
async def test_each_tick_is_made_once_and_none_is_missed_whoever_is_killed(
    works, rows, database_url, processes, count, minutes, kill_every, lease
):
    works.lease = lease
    ids = await works.schedule(count)
    first = works.now + MINUTE
    for _ in range(1 if database_url.startswith("sqlite") else processes):
        await works.start()
    for number in range(minutes):
        await works.minute(count, kill=number % kill_every == 0)

    ticks = [first + n * MINUTE for n in range(minutes)]
    expected = {f"schedule:{each}@{tick.isoformat()}" for each in ids for tick in ticks}
    executed = Counter(await works.column("SELECT tick FROM execution"))
    productions = Counter(
        (run.schedule_id, run.due_at) for run in await rows(Run) if run.status == RunStatus.SUCCESS
    )
    assert set(await works.column("SELECT tick FROM effect")) == expected
    assert set(executed) == expected
    # Of an interval's successes only the number is kept.
    assert productions == {(each, tick): 1 for each in ids[::2] for tick in ticks}
    assert [row.successes for row in await rows(Schedule)] == [minutes] * count
    assert works.kills == minutes // kill_every
    print(
        f"{len(expected)} ticks, {works.kills} kills, {executed.total() - len(expected)} executed"
        f" again, {sum(run.status == RunStatus.INTERRUPTED for run in await rows(Run))} interrupted"
    )
