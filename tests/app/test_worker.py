from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from rallypoint.app import catalogue
from rallypoint.app.worker import work
from rallypoint.kernel import jobs
from rallypoint.kernel.clock import SystemClock
from rallypoint.kernel.errors import CannotStart
from rallypoint.kernel.events import Outbox
from rallypoint.kernel.jobs import Run, Timer
from rallypoint.kernel.settings import FixedSettings

ON_POSTGRES = pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
ANYWHERE = "schedules.check_health"


async def test_on_sqlite_a_worker_is_refused_and_told_what_to_do(tmp_path):
    with pytest.raises(CannotStart, match=r"RALLYPOINT_DATABASE_URL.* to a PostgreSQL database"):
        await work(FixedSettings(data=tmp_path))

    assert list(tmp_path.iterdir()) == []


@ON_POSTGRES
async def test_without_the_programs_key_a_worker_is_refused_and_told_what_to_do(
    sessions, database_url, tmp_path
):
    away = FixedSettings(data=tmp_path / "elsewhere", database_url=SecretStr(database_url))

    with pytest.raises(CannotStart, match="set RALLYPOINT_SECRET_KEYS as it is set there"):
        await work(away)

    assert not away.data.exists()


@pytest.fixture
async def worker(database_url, tmp_path):
    """`worker()`: one begins, ended with the test."""
    settings = FixedSettings(
        data=tmp_path / "elsewhere",
        database_url=SecretStr(database_url),
        secret_keys=SecretStr("as it is set where the program runs"),
    )
    running: list[asyncio.Task[None]] = []
    yield lambda: running.append(asyncio.create_task(work(settings)))
    for task in running:
        task.cancel()
        await asyncio.wait([task])


@pytest.fixture
def runs_of(sessions):
    async def count(kind):
        async with sessions() as session:
            return len((await session.scalars(select(Run).where(Run.kind == kind))).all())

    return count


@ON_POSTGRES
async def test_a_worker_leaves_backups_and_events_to_the_program_at_home(
    worker, sessions, runs_of, eventually, tmp_path
):
    now = SystemClock().now()
    event = catalogue.subscribers()[0].events[0].kind
    async with sessions.begin() as session:
        await jobs.schedule(session, "upkeep.back_up", due=now - timedelta(minutes=1))
        await jobs.schedule(session, ANYWHERE, due=now)
        session.add(Outbox(id="1", kind=event, subject="x", at=now, data={}))
    worker()
    for done in (1, 2):
        await eventually(lambda: runs_of(ANYWHERE), done)
        async with sessions.begin() as session:
            await jobs.schedule(session, ANYWHERE, due=now)

    async with sessions() as session:
        backup = await session.scalar(select(Timer).where(Timer.kind == "upkeep.back_up"))
        events = (await session.scalars(select(Outbox.relayed_at))).all()
    assert (backup.state, backup.attempts) == ("waiting", 0)
    assert events == [None]
    assert not (tmp_path / "elsewhere").exists()
