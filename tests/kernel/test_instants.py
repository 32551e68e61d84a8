"""A moment comes back from either database as the moment it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import StatementError

from rallypoint.kernel.jobs import Timer

EAST = timezone(timedelta(hours=5, minutes=30))
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2030, 1, 1, 12, tzinfo=UTC),
        datetime(2030, 1, 1, 12, 0, 0, 1, tzinfo=UTC),
        datetime(2030, 1, 1, 1, 0, 0, 999_999, tzinfo=EAST),
        datetime(1, 1, 2, tzinfo=UTC),
    ],
    ids=["whole", "a microsecond", "another zone", "long ago"],
)
async def test_a_moment_comes_back_in_utc(promise, rows, moment):
    await promise("reminders.say", due=moment)

    (timer,) = await rows(Timer)
    assert timer.due_at == moment
    assert timer.due_at.tzinfo is UTC
    assert timer.created_at.tzinfo is UTC
    assert timer.started_at is None


async def test_moments_are_compared_as_moments(promise, sessions):
    noon = datetime(2030, 1, 1, 12, tzinfo=UTC)
    await promise("reminders.say", due=noon, number=0)
    await promise("reminders.say", due=noon + timedelta(microseconds=1), number=1)
    await promise("reminders.say", due=(noon - timedelta(seconds=1)).astimezone(EAST), number=2)

    async with sessions.begin() as session:
        due = select(Timer.args).where(Timer.due_at <= noon).order_by(Timer.due_at)
        assert [args["number"] for args in await session.scalars(due)] == [2, 0]


async def test_the_hour_that_comes_twice_is_two_hours(promise, rows):
    first = datetime(2030, 10, 27, 2, 30, tzinfo=BERLIN)
    await promise("reminders.say", due=first, number=0)
    await promise("reminders.say", due=first.replace(fold=1), number=1)

    due = sorted(timer.due_at for timer in await rows(Timer))
    assert due[1] - due[0] == timedelta(hours=1)


async def test_a_moment_without_a_zone_is_refused(sessions):
    async with sessions.begin() as session:
        with pytest.raises(StatementError, match="has no zone"):
            await session.execute(select(Timer).where(Timer.due_at == datetime(2030, 1, 1)))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_on_sqlite_it_is_text_that_sorts(promise, sessions):
    await promise("reminders.say", due=datetime(2030, 1, 1, 12, tzinfo=EAST))

    async with sessions.begin() as session:
        stored = await session.scalar(text("SELECT due_at FROM timer"))
        assert stored == "2030-01-01 06:30:00.000000"
