"""Schedules: what people and features make recur."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import update

from rallypoint.kernel.errors import NotFound, Refused, Unavailable
from rallypoint.kernel.jobs import (
    Builtin,
    Cron,
    Interval,
    Job,
    Misfire,
    Once,
    Run,
    Schedule,
    Timer,
    schedules,
)
from rallypoint.kernel.jobs.schedules import Changes, Wanted

from .conftest import Gate, Handler

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ARENA, ELSEWHERE = 1001, 2002


class Sweeping(BaseModel):
    model_config = ConfigDict(extra="forbid")

    days: int = Field(default=30, ge=1)


@pytest.fixture
def sweep():
    return Handler()


@pytest.fixture
def kinds(sweep):
    return {"test.sweep": Job(handler=sweep, config=Sweeping, custom=True, attempts=3)}


@pytest.fixture
def change(sessions):
    """`await change(schedules.pause, …)` in a transaction of its own."""

    async def call(use, *args, **more):
        async with sessions.begin() as session:
            return await use(session, *args, **more)

    return call


@pytest.fixture
def made(change, kinds, clock):
    async def make(recurrence, **more):
        wanted = Wanted(**{"name": "sweep", "kind": "test.sweep", "recurrence": recurrence} | more)
        return await change(schedules.create, kinds, wanted, by=7, now=clock.now())

    return make


@pytest.fixture
def passes(drain, kinds, pass_time):
    """`await passes(HOUR)`: that much time, looked at every *step*."""

    async def run(duration, step=MINUTE, **more):
        return await pass_time(duration, step, lambda: drain(kinds, **more))

    return run


async def test_an_interval_is_run_on_its_grid_and_says_so(made, passes, clock, sweep, rows):
    start = clock.now()
    await made(Interval(HOUR), config={"days": 3})
    await passes(2 * HOUR + MINUTE, step=7 * MINUTE)

    (schedule,) = await rows(Schedule)
    assert [work.due_at for work in sweep.calls] == [start + HOUR, start + 2 * HOUR]
    assert sweep.args == [{"days": 3}] * 2
    assert schedule.next_run_at == start + 3 * HOUR
    assert (schedule.last_status, schedule.successes) == ("success", 2)
    assert [run.schedule_id for run in await rows(Run)] == [schedule.id] * 2


async def test_a_cron_is_run_by_its_zone_and_has_one_key_a_turn(made, passes, clock, sweep):
    clock.set(datetime.fromisoformat("2030-03-29T12:00+00:00"))
    row = await made(Cron("30 2 * * *", "Europe/Berlin"))
    await passes(3 * DAY, step=HOUR / 4)

    turns = ["2030-03-30T01:30:00+00:00", "2030-03-31T01:00:00+00:00", "2030-04-01T00:30:00+00:00"]
    assert [work.due_at.isoformat() for work in sweep.calls] == turns
    assert [work.key for work in sweep.calls] == [f"schedule:{row.id}@{turn}" for turn in turns]


async def test_what_is_to_be_once_is_once_and_then_says_so(made, passes, clock, sweep, rows):
    await made(Once(clock.now() + HOUR))
    await passes(DAY, step=HOUR)

    (schedule,) = await rows(Schedule)
    assert len(sweep.calls) == 1
    assert (schedule.next_run_at, schedule.last_status) == (None, "success")
    assert await rows(Timer) == []


async def test_once_in_the_past_is_refused(made, clock):
    with pytest.raises(Refused) as refused:
        await made(Once(clock.now()))

    assert refused.value.code == "once_passed"


async def test_once_that_fails_stops_after_its_most_attempts_and_shows(
    made, passes, change, clock, sweep
):
    sweep._acts = [OSError("no")] * 9
    await made(Once(clock.now() + MINUTE), attempts=2)
    await passes(HOUR)

    (listed,) = await change(schedules.listing)
    assert len(sweep.calls) == 2
    assert "OSError: no" in listed.parked
    assert (listed.schedule.last_status, listed.schedule.failures) == ("failed", 2)


@pytest.mark.parametrize(
    ("error", "most"), [(OSError("no"), 3), (Refused("no"), 1), (Unavailable("no"), 3)]
)
async def test_one_that_fails_waits_for_its_back_off_and_then_for_its_turn(
    made, passes, sweep, error, most
):
    sweep._acts = [error] * 99
    await made(Interval(HOUR))

    assert await passes(2 * HOUR - SECOND, step=SECOND * 30) == most


@pytest.mark.parametrize(("misfire", "runs"), [(Misfire.ONCE, 1), (Misfire.SKIP, 0)])
async def test_what_was_missed_is_run_once_or_left_out(
    made, passes, drain, kinds, clock, rows, sweep, misfire, runs
):
    start = clock.now()
    await made(Cron("0 * * * *"), misfire=misfire)
    clock.advance(5 * HOUR + 30 * MINUTE)
    await drain(kinds)

    (schedule,) = await rows(Schedule)
    assert len(sweep.calls) == runs
    assert schedule.next_run_at == start + 6 * HOUR
    assert [run.status for run in await rows(Run)] == ["success" if runs else "skipped"]


@pytest.mark.parametrize(("late", "runs"), [(MINUTE, 1), (MINUTE + SECOND, 0)])
async def test_a_little_late_is_not_missed(made, drain, kinds, clock, sweep, late, runs):
    await made(Cron("0 * * * *"), misfire=Misfire.SKIP)
    clock.advance(HOUR + late)
    await drain(kinds)

    assert len(sweep.calls) == runs


@pytest.mark.parametrize(("misfire", "runs"), [(Misfire.ONCE, 2), (Misfire.SKIP, 1)])
async def test_the_next_turn_waits_while_one_is_live(
    made, engine_for, running, kinds, clock, sweep, rows, eventually, misfire, runs
):
    gate = Gate()
    sweep._acts = [gate]
    await made(Cron("* * * * *"), misfire=misfire)
    clock.advance(MINUTE)
    engine = engine_for(kinds)
    running(engine)
    await sweep.called()
    clock.advance(5 * MINUTE + SECOND)
    engine.wake()
    assert len(sweep.calls) == 1

    gate.open()
    await clock.is_awaited(clock.now() + MINUTE - 3 * SECOND)
    assert len(sweep.calls) == runs


async def test_a_paused_one_is_not_run_and_a_resumed_one_from_its_next_turn(
    made, passes, change, clock, sweep, rows
):
    start = clock.now()
    row = await made(Interval(HOUR))
    await change(schedules.pause, row.id, now=clock.now())
    assert await rows(Timer) == []
    await passes(150 * MINUTE)
    await change(schedules.resume, row.id, now=clock.now())
    await passes(HOUR)

    assert [work.due_at for work in sweep.calls] == [start + 3 * HOUR]


async def test_one_paused_while_it_runs_ends_and_is_recorded_but_not_repeated(
    made, change, passes, kinds, clock, sweep, rows
):
    row = await made(Interval(HOUR))

    async def pause(_work):
        await change(schedules.pause, row.id, now=clock.now())

    sweep._acts = [pause]
    await passes(3 * HOUR)

    (schedule,) = await rows(Schedule)
    assert len(sweep.calls) == 1
    assert (schedule.active, schedule.next_run_at, schedule.last_status) == (False, None, "success")
    assert await rows(Timer) == []


async def test_run_now_is_beside_the_turns(made, passes, change, drain, kinds, clock, sweep):
    start = clock.now()
    row = await made(Interval(HOUR))
    await passes(10 * MINUTE)
    await change(schedules.run_now, row.id, now=clock.now())
    await drain(kinds)
    await passes(HOUR)

    assert [work.due_at for work in sweep.calls] == [start + 10 * MINUTE, start + HOUR]


async def test_run_now_runs_a_paused_one_once(
    made, change, drain, passes, kinds, clock, rows, sweep
):
    row = await made(Interval(HOUR))
    await change(schedules.pause, row.id, now=clock.now())
    await change(schedules.run_now, row.id, now=clock.now())
    await drain(kinds)
    await passes(3 * HOUR, HOUR)

    assert len(sweep.calls) == 1
    assert await rows(Timer) == []


async def test_an_edited_one_goes_by_what_it_says_now(made, change, passes, kinds, clock, sweep):
    start = clock.now()
    row = await made(Interval(HOUR))
    await passes(10 * MINUTE)
    changes = Changes(recurrence=Interval(2 * HOUR), config={"days": 5}, name="other")
    await change(schedules.edit, kinds, row.id, changes, now=clock.now())
    await passes(2 * HOUR)

    assert [work.due_at for work in sweep.calls] == [start + 2 * HOUR]
    assert sweep.args == [{"days": 5}]


async def test_a_removed_one_is_gone_and_its_history_stays(made, change, passes, clock, rows):
    row = await made(Interval(HOUR))
    await passes(HOUR)
    await change(schedules.remove, row.id)

    assert await passes(2 * HOUR) == 0
    assert await rows(Schedule) == await rows(Timer) == []
    assert len(await rows(Run)) == 1


async def test_what_is_not_committed_never_was(sessions, kinds, clock, rows):
    wanted = Wanted(name="sweep", kind="test.sweep", recurrence=Interval(HOUR))
    async with sessions() as session:
        await schedules.create(session, kinds, wanted, by=None, now=clock.now())
        await session.rollback()

    assert await rows(Schedule) == await rows(Timer) == []


@pytest.mark.parametrize("use", [schedules.pause, schedules.run_now, schedules.resume])
async def test_mallory_from_elsewhere_cannot_touch_it(made, change, clock, use):
    row = await made(Interval(HOUR), guild_id=ARENA)

    with pytest.raises(NotFound):
        await change(use, row.id, now=clock.now(), of=ELSEWHERE)
    assert [each.schedule.id for each in await change(schedules.listing, of=ARENA)] == [row.id]
    assert await change(schedules.listing, of=ELSEWHERE) == []


async def test_the_run_is_told_whose_it_is(made, passes, sweep):
    await made(Interval(HOUR), guild_id=ARENA)
    await passes(HOUR)

    assert [work.guild_id for work in sweep.calls] == [ARENA]


async def test_a_guild_has_a_quota(made):
    for _ in range(schedules.MOST_OF_GUILD):
        await made(Interval(HOUR), guild_id=ARENA)

    with pytest.raises(Refused) as refused:
        await made(Interval(HOUR), guild_id=ARENA)
    assert refused.value.code == "too_many_schedules"
    await made(Interval(HOUR), guild_id=ELSEWHERE)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"kind": "test.other"}, "schedule_kind_unknown"),
        ({"kind": "test.ours", "guild_id": ARENA}, "schedule_kind_unknown"),
        ({"config": {"days": 0}}, "config_invalid"),
        ({"config": {"daze": 1}}, "config_invalid"),
        ({"config": {"days": "\0"}}, "characters_invalid"),
        ({"config": {"daze": [{"\0": 1}]}}, "characters_invalid"),
        ({"name": " "}, "schedule_name_invalid"),
        *(({"name": f"x{c}y"}, "characters_invalid") for c in "\0\n\x1b\x9b\u202e\u2066"),
        *(({"description": f"x{c}y"}, "characters_invalid") for c in "\0\r\x1b\u202a\u2069"),
        ({"attempts": 0}, "attempts_out_of_range"),
        ({"timeout": HOUR + SECOND}, "timeout_out_of_range"),
    ],
)
async def test_what_cannot_be_meant_is_refused(made, kinds, sweep, more, code):
    kinds["test.ours"] = Job(handler=sweep)

    with pytest.raises(Refused) as refused:
        await made(Interval(HOUR), **more)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "newer",
    [{"kind": "test.newer"}, {"args": {"weeks": 3}}, {"terms": {"how": "moon"}}],
    ids=["kind", "config", "recurrence"],
)
async def test_what_a_newer_version_wrote_is_parked_and_shows(
    made, passes, change, sessions, sweep, newer
):
    await made(Interval(HOUR))
    async with sessions.begin() as session:
        await session.execute(update(Timer).values(newer))

    assert await passes(2 * HOUR) == 0
    (listed,) = await change(schedules.listing)
    assert "this version of the program" in listed.parked


NIGHTLY = Builtin(id="nightly", kind="test.sweep", recurrence=Cron("0 3 * * *"), config={"days": 9})


async def test_a_builtin_cron_fires_on_a_program_that_has_never_run_it(passes, clock, sweep):
    await passes(2 * DAY, step=HOUR, builtins=[NIGHTLY])

    assert [work.due_at.hour for work in sweep.calls] == [3, 3]
    assert sweep.args == [{"days": 9}] * 2


async def test_what_an_admin_changed_wins_and_survives_a_restart(
    passes, drain, change, kinds, clock, sweep, rows
):
    await drain(kinds, builtins=[NIGHTLY])
    (row,) = await rows(Schedule)
    changes = Changes(recurrence=Cron("0 5 * * *"))
    await change(schedules.edit, kinds, row.id, changes, now=clock.now())
    newer = Builtin(
        id="nightly", kind="test.sweep", recurrence=Cron("0 4 * * *"), config={"days": 1}
    )
    await passes(DAY, step=HOUR, builtins=[newer])

    assert [work.due_at.hour for work in sweep.calls] == [5]
    assert sweep.args == [{"days": 1}]


async def test_a_paused_builtin_stays_paused_and_cannot_be_removed(
    passes, drain, change, kinds, clock, rows
):
    await drain(kinds, builtins=[NIGHTLY])
    (row,) = await rows(Schedule)
    await change(schedules.pause, row.id, now=clock.now())

    assert await passes(2 * DAY, step=HOUR, builtins=[NIGHTLY]) == 0
    with pytest.raises(Refused):
        await change(schedules.remove, row.id)


@pytest.mark.parametrize("step", [HOUR, -HOUR], ids=["forward", "back"])
async def test_no_turn_is_had_twice_when_the_clock_jumps_an_hour(
    made, passes, drain, kinds, clock, sweep, step
):
    await made(Cron("*/10 * * * *"))
    await passes(2 * HOUR)
    clock.set(clock.now() + step)
    await drain(kinds)
    await passes(3 * HOUR)

    due = [work.due_at for work in sweep.calls]
    assert sorted(set(due)) == due
    assert clock.now() - due[-1] < 10 * MINUTE
