from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from rallypoint.adapters.http.site import PartState
from rallypoint.app.site import Watch
from rallypoint.features.guilds.api import Rearmed  # an event that any version has
from rallypoint.kernel import events, jobs
from rallypoint.kernel.errors import Unavailable
from rallypoint.kernel.ids import GuildId


class Line:
    """The gateway, as far as readiness asks."""

    connected = True


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def engine(engine_for):
    return engine_for({})


@pytest.fixture
def watch(database, line, engine, clock):
    engine.heartbeat_at = clock.now()
    return Watch(database, line, engine, clock)


async def part(watch: Watch, name: str) -> PartState:
    (found,) = [each for each in await watch.parts() if each.name == name]
    return found


async def test_all_is_well(watch):
    parts = await watch.parts()

    assert [each.name for each in parts] == [
        "database",
        "migrations",
        "gateway",
        "scheduler",
        "outbox",
    ]
    assert all(each.ready for each in parts), parts


async def test_a_gateway_that_is_down_is_not_ready(watch, line):
    line.connected = False

    assert not (await part(watch, "gateway")).ready


@pytest.mark.parametrize(("seconds", "ready"), [(10, True), (11, False), (-11, False)])
async def test_a_scheduler_is_ready_as_long_as_its_heart_beats(watch, clock, seconds, ready):
    clock.advance(timedelta(seconds=seconds))

    assert (await part(watch, "scheduler")).ready is ready


async def test_a_scheduler_that_is_not_at_work_is_not_ready(watch, engine):
    engine.heartbeat_at = None

    assert not (await part(watch, "scheduler")).ready


@pytest.mark.parametrize(("seconds", "ready"), [(30, True), (31, False)])
async def test_an_event_may_wait_for_half_a_minute(watch, sessions, clock, seconds, ready):
    async with sessions.begin() as session:
        await events.record(session, Rearmed(GuildId(1)), at=clock.now())
    clock.advance(timedelta(seconds=seconds))

    outbox = await part(watch, "outbox")

    assert (outbox.ready, outbox.fact) == (ready, f"the oldest event waits {seconds} s")


async def test_a_database_of_another_version_is_not_ready(watch, sessions):
    async with sessions.begin() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    migrations = await part(watch, "migrations")

    assert not migrations.ready
    assert "9999" in migrations.fact


async def test_a_database_that_fails_is_told_and_not_raised(watch, sessions):
    async with sessions.begin() as session:
        await session.execute(text("DROP TABLE outbox"))

    ready = {each.name: each.ready for each in await watch.parts()}

    assert not ready["database"]
    assert not ready["outbox"]
    assert ready["gateway"]


async def test_the_page_without_a_database_is_unavailable(watch, sessions):
    async with sessions.begin() as session:
        await session.execute(text("DROP TABLE timer"))

    with pytest.raises(Unavailable):
        await watch.overview()


async def test_the_next_due_jobs_come_first(watch, sessions, clock):
    async with sessions.begin() as session:
        for minutes in (3, 1, 2):
            due = clock.now() + timedelta(minutes=minutes)
            await jobs.schedule(session, f"test.in_{minutes}", due=due)

    overview = await watch.overview()

    assert [each.kind for each in overview.due] == ["test.in_1", "test.in_2", "test.in_3"]
    assert overview.due[0].due_at == clock.now() + timedelta(minutes=1)


async def test_every_features_figures_are_told(watch):
    figures = (await watch.overview()).figures

    assert figures
    assert set(figures.values()) == {0}
