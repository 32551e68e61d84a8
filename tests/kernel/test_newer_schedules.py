"""Schedules that a newer version wrote, or that somebody changes just now, do not end an engine."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import update

from rallypoint.kernel.jobs import Builtin, Interval, Job, Schedule, Timer, schedules
from rallypoint.kernel.jobs.realignment import realign
from rallypoint.kernel.jobs.schedules import Wanted

from .conftest import PATIENCE, Handler

HOUR = timedelta(hours=1)
ON_POSTGRES = pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
NEWER = pytest.mark.parametrize(
    "written",
    [{"misfire": "all"}, {"every_seconds": 5.0}, {"every_seconds": float("inf")}],
    ids=["misfire", "short", "endless"],
)


@pytest.fixture
def kinds():
    return {"reminders.say": Job(handler=Handler(), words="says")}


@pytest.fixture
def scheduled(sessions, clock, kinds):
    """`await scheduled("name", misfire="all")`: every hour, and then so written by a newer version."""

    async def schedule(name, **written):
        wanted = Wanted(name=name, kind="reminders.say", recurrence=Interval(HOUR))
        async with sessions.begin() as session:
            row = await schedules.create(session, kinds, wanted, by=None, now=clock.now())
            if written:
                await session.execute(update(Schedule).where(Schedule.id == row.id).values(written))
        return row.id

    return schedule


@NEWER
async def test_one_that_cannot_be_read_does_not_keep_the_others_from_being_realigned(
    scheduled, drain, kinds, clock, rows, written
):
    await scheduled("newer", **written)
    await scheduled("ours")
    clock.set(clock.now() - HOUR)
    await drain(kinds)

    newer, ours = await rows(Timer)
    assert newer.due_at == clock.now() + 2 * HOUR
    assert ours.due_at == clock.now() + HOUR


async def test_a_running_engine_goes_on_when_the_clock_goes_back_under_one_it_cannot_read(
    scheduled, engine_for, running, kinds, clock, rows, eventually
):
    await scheduled("newer", misfire="all")
    engine = engine_for(kinds, beat=timedelta(milliseconds=20))
    task = running(engine)

    async def beat_at():
        return task.done() or engine.heartbeat_at

    await eventually(beat_at, clock.now())
    clock.set(clock.now() - HOUR)
    await eventually(beat_at, clock.now())
    clock.advance(timedelta(microseconds=1))
    await eventually(beat_at, clock.now())

    assert not task.done()


async def test_a_built_in_one_that_an_admin_changed_in_a_newer_version_is_left_as_it_is(
    sessions, drain, kinds, rows
):
    builtin = Builtin(id="b", kind="reminders.say", recurrence=Interval(HOUR), description="new")
    await drain(kinds, builtins=[builtin])
    async with sessions.begin() as session:
        newer = {"misfire": "all", "overrides": ["misfire"], "description": "newer"}
        await session.execute(update(Schedule).values(newer))
    await drain(kinds, builtins=[builtin])

    (row,) = await rows(Schedule)
    assert (row.misfire, row.description) == ("all", "newer")


@ON_POSTGRES
async def test_one_paused_while_it_was_looked_at_is_not_armed_again(
    scheduled, sessions, clock, rows, somebody_waits
):
    schedule_id = await scheduled("ours")
    clock.set(clock.now() - HOUR)

    async def realigned():
        async with sessions.begin() as session:
            return await realign(session, clock.now())

    async with sessions.begin() as session:
        await schedules.pause(session, schedule_id, now=clock.now())
        looking = asyncio.create_task(realigned())
        await somebody_waits()

    assert await asyncio.wait_for(looking, PATIENCE) is False
    assert await rows(Timer) == []
