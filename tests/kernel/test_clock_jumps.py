"""The clock jumps an hour: nothing is had twice, nothing is lost, and nothing runs hot."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rallypoint.kernel.errors import Unavailable
from rallypoint.kernel.jobs import Cron, Interval, Job, Once, Run, schedules
from rallypoint.kernel.jobs.schedules import Wanted

from .conftest import Handler

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
BOTH_WAYS = pytest.mark.parametrize("jump", [HOUR, -HOUR], ids=["forward", "back"])


@pytest.fixture
def say():
    return Handler()


@pytest.fixture
def passes(drain, say, pass_time):
    async def run(duration, step=20 * MINUTE):
        """So much time, looked at every *step*; how many attempts."""
        kinds = {"reminders.say": Job(handler=say, words="says")}
        return await pass_time(duration, step, lambda: drain(kinds))

    return run


@pytest.fixture
def scheduled(sessions, clock, say):
    async def schedule(recurrence):
        kinds = {"reminders.say": Job(handler=say, words="says")}
        wanted = Wanted(name="s", kind="reminders.say", recurrence=recurrence)
        async with sessions.begin() as session:
            await schedules.create(session, kinds, wanted, by=None, now=clock.now())

    return schedule


@BOTH_WAYS
async def test_a_timer_is_had_once_at_its_moment_and_not_before(promise, passes, clock, say, jump):
    due = clock.now() + 2 * HOUR
    await promise("reminders.say", due=due)
    await passes(20 * MINUTE)
    clock.advance(jump)
    early = await passes(due - clock.now() - 20 * MINUTE)

    assert early == 0
    assert await passes(HOUR) == 1
    assert [work.due_at for work in say.calls] == [due]


async def test_a_timer_that_a_jump_passed_over_is_had_at_once(promise, passes, clock, say):
    due = clock.now() + 30 * MINUTE
    await promise("reminders.say", due=due)
    clock.advance(HOUR)

    assert await passes(20 * MINUTE) == 1
    assert await passes(HOUR) == 0


@BOTH_WAYS
async def test_what_is_once_is_had_once(scheduled, passes, clock, say, jump):
    at = clock.now() + 2 * HOUR
    await scheduled(Once(at))
    await passes(20 * MINUTE)
    clock.advance(jump)
    await passes(3 * HOUR)

    assert [work.due_at for work in say.calls] == [at]


@BOTH_WAYS
async def test_what_was_had_is_not_had_again_when_its_moment_comes_back(
    scheduled, promise, passes, clock, say, jump
):
    at = clock.now() + 20 * MINUTE
    await scheduled(Once(at))
    await promise("reminders.say", due=at)
    await passes(20 * MINUTE)
    clock.advance(jump)
    await passes(2 * HOUR)

    assert len(say.calls) == 2


@BOTH_WAYS
async def test_a_retry_is_made_once_and_waits_at_most_as_long_as_it_was_to(
    promise, passes, clock, say, rows, jump
):
    say._acts = [Unavailable("not now", retry_in=30 * MINUTE)]
    await promise("reminders.say", due=clock.now() + 20 * MINUTE)
    await passes(20 * MINUTE)
    clock.advance(jump)
    attempts = await passes(40 * MINUTE + max(-jump, timedelta(0)))

    assert attempts == 1
    assert [(run.status, run.attempt) for run in await rows(Run)] == [("failed", 1), ("success", 2)]


@BOTH_WAYS
@pytest.mark.parametrize(
    "recurrence", [Interval(20 * MINUTE), Cron("*/20 * * * *")], ids=["interval", "cron"]
)
async def test_what_recurs_goes_on_without_a_turn_twice_and_without_running_hot(
    scheduled, passes, clock, say, recurrence, jump
):
    await scheduled(recurrence)
    await passes(HOUR)
    clock.advance(jump)
    after = await passes(2 * HOUR)

    assert after <= 2 * 3 + 1
    due = [work.due_at for work in say.calls]
    assert clock.now() - due[-1] < 20 * MINUTE
    if isinstance(recurrence, Cron) or jump > timedelta(0):
        assert sorted(set(due)) == due
    else:
        # Going by its grid, it has the turns of the hour that came back a second time, but each only once more.
        assert max(due.count(each) for each in due) <= 2
