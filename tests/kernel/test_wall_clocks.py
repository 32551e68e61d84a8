"""Schedules that go by a wall clock which is changed, and by rules for it that are."""

from __future__ import annotations

import shutil
import zoneinfo
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from rallypoint.kernel.jobs import Cron, Job, Once, Schedule, schedules
from rallypoint.kernel.jobs.schedules import Wanted

from .conftest import Handler

HOUR = timedelta(hours=1)
HALF = timedelta(minutes=30)


@pytest.fixture
def say():
    return Handler()


@pytest.fixture
def kinds(say):
    return {"reminders.say": Job(handler=say, words="says")}


@pytest.fixture
def scheduled(sessions, clock, kinds):
    async def schedule(recurrence):
        wanted = Wanted(name="s", kind="reminders.say", recurrence=recurrence)
        async with sessions.begin() as session:
            await schedules.create(session, kinds, wanted, by=None, now=clock.now())

    return schedule


def utc(words: str) -> datetime:
    return datetime.fromisoformat(words + "+00:00")


@pytest.mark.parametrize(
    ("zone", "cron", "night", "had"),
    [
        ("Europe/Berlin", "30 2 * * *", "2030-03-31", "2030-03-31T01:00"),
        ("Europe/Berlin", "30 2 * * *", "2030-10-27", "2030-10-27T00:30"),
        ("America/New_York", "30 2 * * *", "2030-03-10", "2030-03-10T07:00"),
        ("America/New_York", "30 1 * * *", "2030-11-03", "2030-11-03T05:30"),
        ("Australia/Lord_Howe", "15 2 * * *", "2030-10-06", "2030-10-05T15:30"),
        ("Australia/Lord_Howe", "45 1 * * *", "2030-04-07", "2030-04-06T14:45"),
    ],
    ids=lambda value: value.replace("/", " ") if isinstance(value, str) else value,
)
async def test_what_the_clock_leaves_out_or_has_twice_is_run_once(
    scheduled, drain, kinds, clock, say, rows, zone, cron, night, had
):
    clock.set(utc(had) - HOUR)
    await scheduled(Cron(cron, zone))
    attempts = 0
    for _ in range(6):
        clock.advance(HALF)
        attempts += await drain(kinds)

    assert [work.due_at for work in say.calls] == [utc(had)]
    assert attempts == 1
    (schedule,) = await rows(Schedule)
    assert timedelta(hours=22) < schedule.next_run_at - utc(had) < timedelta(hours=26)


@pytest.fixture
def tzdata(tmp_path):
    """`tzdata("Europe/Berlin", like="Africa/Lagos")`: from now on the one is what the other was."""
    there = next(
        path for each in zoneinfo.TZPATH if (path := Path(each)).joinpath("Africa/Lagos").exists()
    )
    mine = tmp_path / "zoneinfo"

    def change(name: str, like: str) -> None:
        (mine / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(there / like, mine / name)
        zoneinfo.reset_tzpath([mine, there])
        zoneinfo.ZoneInfo.clear_cache()

    yield change
    zoneinfo.reset_tzpath()
    zoneinfo.ZoneInfo.clear_cache()


@pytest.mark.parametrize(
    ("like", "turns"),
    [
        # Summer time is given up, an hour later; or made longer, an hour earlier.
        ("Africa/Lagos", ["2030-07-02T07:00", "2030-07-03T07:00"]),
        ("Europe/Moscow", ["2030-07-02T05:00", "2030-07-03T05:00"]),
    ],
)
async def test_new_rules_for_a_zone_hold_from_the_next_start(
    scheduled, drain, kinds, clock, say, tzdata, like, turns
):
    clock.set(utc("2030-07-01T12:00"))
    # At 06:00 UTC, by the rules so far.
    await scheduled(Cron("0 8 * * *", "Europe/Berlin"))
    tzdata("Europe/Berlin", like=like)
    for day in ("2030-07-02", "2030-07-03"):
        for hour in ("04:30", "05:00", "06:00", "06:30", "07:00"):
            clock.set(utc(f"{day}T{hour}"))
            await drain(kinds)

    assert [work.due_at for work in say.calls] == [utc(turn) for turn in turns]


async def test_new_rules_do_not_move_what_was_set_for_a_moment(
    scheduled, drain, kinds, clock, say, tzdata
):
    clock.set(utc("2030-07-01T12:00"))
    at = datetime.fromisoformat("2030-07-02T08:00+02:00")
    await scheduled(Once(at))
    tzdata("Europe/Berlin", like="Africa/Lagos")
    for hour in (5, 6, 7, 8):
        clock.set(utc(f"2030-07-02T{hour:02}:00"))
        await drain(kinds)

    assert [work.due_at for work in say.calls] == [at]
