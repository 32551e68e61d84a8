"""What a use case may ask for, and what is true when its transaction is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from rallypoint.kernel import jobs
from rallypoint.kernel.jobs import Job, Planned, Run, Timer, TimerState

from .conftest import Gate, Handler

SECOND = timedelta(seconds=1)


async def test_a_timer_is_run_with_its_args_and_is_gone(promise, drain, clock, rows):
    say = Handler()
    await promise("reminders.say", due=clock.now(), words=["up", {"at": 7}], loud=True, to=None)

    await drain({"reminders.say": Job(handler=say)})

    assert say.args == [{"words": ["up", {"at": 7}], "loud": True, "to": None}]
    assert await rows(Timer) == []
    assert [(run.kind, run.status, run.attempt) for run in await rows(Run)] == [
        ("reminders.say", "success", 1)
    ]


async def test_what_is_rolled_back_never_happens(sessions, drain, clock, rows):
    say = Handler()
    async with sessions() as session:
        await jobs.schedule(session, "reminders.say", due=clock.now())
        await session.rollback()

    assert await drain({"reminders.say": Job(handler=say)}) == 0
    assert await rows(Timer) == []


async def test_what_is_not_due_waits(promise, drain, clock):
    say = Handler()
    await promise("reminders.say", due=clock.now() + timedelta(microseconds=1))

    assert await drain({"reminders.say": Job(handler=say)}) == 0

    clock.advance(timedelta(microseconds=1))
    assert await drain({"reminders.say": Job(handler=say)}) == 1


async def test_the_earliest_is_run_first_whatever_order_they_were_written_in(promise, drain, clock):
    say = Handler()
    for later in (3, 1, 2):
        await promise("reminders.say", due=clock.now() + later * SECOND, number=later)

    clock.advance(3 * SECOND)
    await drain({"reminders.say": Job(handler=say)}, concurrency=1)

    assert [args["number"] for args in say.args] == [1, 2, 3]


async def test_a_moment_in_another_zone_is_the_same_moment(promise, drain, clock):
    say = Handler()
    berlin = clock.now().astimezone(tz=datetime.fromisoformat("2030-01-01T00+01:00").tzinfo)
    await promise("reminders.say", due=berlin)

    await drain({"reminders.say": Job(handler=say)})

    assert [work.due_at for work in say.calls] == [clock.now()]


async def test_scheduling_a_key_again_moves_its_timer(promise, drain, clock, rows):
    say = Handler()
    await promise("reminders.say", key="reminder:1", due=clock.now(), text="old")
    await promise("reminders.say", key="reminder:1", due=clock.now() + SECOND, text="new")

    assert await drain({"reminders.say": Job(handler=say)}) == 0
    assert len(await rows(Timer)) == 1

    clock.advance(SECOND)
    await drain({"reminders.say": Job(handler=say)})
    assert say.args == [{"text": "new"}]


async def test_scheduling_a_failed_key_again_gives_it_fresh_attempts(promise, drain, clock, rows):
    say = Handler(OSError("no"), None)
    kinds = {"reminders.say": Job(handler=say, attempts=1)}
    await promise("reminders.say", key="reminder:1", due=clock.now())
    await drain(kinds)
    assert [timer.state for timer in await rows(Timer)] == [TimerState.FAILED]

    await promise("reminders.say", key="reminder:1", due=clock.now())
    await drain(kinds)

    assert [work.attempt for work in say.calls] == [1, 1]
    assert await rows(Timer) == []


async def test_what_is_scheduled_again_while_it_runs_is_run_again_afterwards(
    promise, engine_for, running, clock, rows
):
    gate = Gate()
    say = Handler(gate)
    engine = engine_for({"reminders.say": Job(handler=say)})
    task = running(engine)
    await promise("reminders.say", key="reminder:1", due=clock.now(), text="old")
    await say.called()

    await promise("reminders.say", key="reminder:1", due=clock.now(), text="new")
    await promise("reminders.note", due=clock.now() + timedelta(days=1))
    assert len(say.calls) == 1

    gate.open()
    await say.called(2)
    engine.stop()
    await task
    assert say.args == [{"text": "old"}, {"text": "new"}]
    assert [run.status for run in await rows(Run)] == ["success", "success"]
    assert [timer.kind for timer in await rows(Timer)] == ["reminders.note"]


async def test_what_is_scheduled_again_while_it_fails_goes_by_the_new_wish(
    promise, engine_for, running, clock, rows
):
    gate = Gate()

    async def fail(work):
        await gate(work)
        raise OSError("no")

    say = Handler(fail)
    engine = engine_for({"reminders.say": Job(handler=say)})
    task = running(engine)
    await promise("reminders.say", key="reminder:1", due=clock.now(), text="old")
    await say.called()
    await promise("reminders.say", key="reminder:1", due=clock.now() + 9 * SECOND, text="new")
    gate.open()
    await clock.is_awaited(clock.now() + 7 * SECOND)
    engine.stop()
    await task

    (timer,) = await rows(Timer)
    assert (timer.due_at, timer.args, timer.attempts, timer.state) == (
        clock.now() + 9 * SECOND,
        {"text": "new"},
        0,
        TimerState.WAITING,
    )


async def test_a_job_may_schedule_its_own_key_again(promise, drain, clock, rows):
    async def again(work):
        async with work.sessions.begin() as session:
            await jobs.schedule(
                session, "reminders.say", key="reminder:1", due=clock.now() + SECOND
            )

    say = Handler(again)
    await promise("reminders.say", key="reminder:1", due=clock.now())

    assert await drain({"reminders.say": Job(handler=say)}) == 1

    clock.advance(SECOND)
    assert await drain({"reminders.say": Job(handler=say)}) == 1
    assert await rows(Timer) == []


async def test_a_key_is_one_kinds_own(promise, clock, rows):
    await promise("reminders.say", key="reminder:1", due=clock.now())

    with pytest.raises(ValueError, match="another kind"):
        await promise("rooms.close", key="reminder:1", due=clock.now())

    assert [timer.kind for timer in await rows(Timer)] == ["reminders.say"]


async def test_several_are_scheduled_together(sessions, drain, clock):
    say, ring = Handler(), Handler()
    async with sessions.begin() as session:
        await jobs.schedule_each(
            session,
            [
                ("reminders.ring", Planned(clock.now() + SECOND, {"number": 2}, key="bell")),
                ("reminders.say", Planned(clock.now(), {"number": 1})),
            ],
        )
    known = {"reminders.say": Job(handler=say), "reminders.ring": Job(handler=ring)}

    assert await drain(known) == 1
    assert (say.args, ring.args) == ([{"number": 1}], [])

    clock.advance(SECOND)
    assert await drain(known) == 1
    assert ring.args == [{"number": 2}]


async def test_each_of_several_takes_the_place_of_the_one_with_its_key(
    promise, sessions, clock, rows
):
    await promise("reminders.say", key="old", due=clock.now(), text="old")
    async with sessions.begin() as session:
        planned = [
            Planned(clock.now() + SECOND, {"text": "new"}, key=key) for key in ("old", "new")
        ]
        await jobs.schedule_each(session, [("reminders.say", each) for each in planned])

    assert {(timer.key, timer.args["text"], timer.due_at) for timer in await rows(Timer)} == {
        ("old", "new", clock.now() + SECOND),
        ("new", "new", clock.now() + SECOND),
    }


async def test_of_several_none_is_scheduled_if_a_key_is_another_kinds(
    promise, sessions, clock, rows
):
    await promise("reminders.say", key="reminder:1", due=clock.now())

    async with sessions() as session:
        planned = [Planned(clock.now(), key=key) for key in ("room:1", "reminder:1")]
        with pytest.raises(
            ValueError, match=r"another kind: 'room:1' of 'rooms\.close', 'reminder"
        ):
            await jobs.schedule_each(session, [("rooms.close", each) for each in planned])

    assert [timer.kind for timer in await rows(Timer)] == ["reminders.say"]


async def test_none_is_scheduled_if_there_are_none(sessions, rows):
    async with sessions.begin() as session:
        await jobs.schedule_each(session, [])

    assert await rows(Timer) == []


async def test_cancel_says_whether_there_was_one(promise, sessions, drain, clock):
    say = Handler()
    await promise("reminders.say", key="reminder:1", due=clock.now())

    async with sessions.begin() as session:
        assert await jobs.cancel(session, "reminder:1") is True
        assert await jobs.cancel(session, "reminder:1") is False

    assert await drain({"reminders.say": Job(handler=say)}) == 0


async def test_a_cancelled_running_job_is_not_run_again(
    promise, sessions, engine_for, running, clock, rows
):
    gate = Gate()
    say = Handler(gate)
    engine = engine_for({"reminders.say": Job(handler=say)})
    task = running(engine)
    await promise("reminders.say", key="reminder:1", due=clock.now())
    await say.called()
    async with sessions.begin() as session:
        assert await jobs.cancel(session, "reminder:1") is True

    gate.open()
    engine.stop()
    await task

    assert len(say.calls) == 1
    assert await rows(Timer) == []


async def test_move_keeps_the_args(promise, sessions, drain, clock):
    say = Handler()
    await promise("reminders.say", key="reminder:1", due=clock.now(), text="up")

    async with sessions.begin() as session:
        assert await jobs.move(session, "reminder:1", clock.now() + SECOND) is True
        assert await jobs.move(session, "reminder:2", clock.now()) is False

    assert await drain({"reminders.say": Job(handler=say)}) == 0
    clock.advance(SECOND)
    assert await drain({"reminders.say": Job(handler=say)}) == 1
    assert say.args == [{"text": "up"}]


@pytest.mark.parametrize(
    "value",
    [datetime(2030, 1, 1, tzinfo=UTC), {1: "one"}, float("nan"), b"bytes", Decimal(1), {1, 2}],
    ids=["datetime", "a number as key", "NaN", "bytes", "Decimal", "set"],
)
async def test_args_that_are_not_json_are_refused_at_the_door(promise, clock, rows, value):
    with pytest.raises(TypeError, match=r"args of reminders\.say\['text'\]"):
        await promise("reminders.say", due=clock.now(), text=value)

    assert await rows(Timer) == []


async def test_a_due_time_without_a_zone_is_refused_at_the_door(promise, rows):
    with pytest.raises(ValueError, match="no zone"):
        await promise("reminders.say", due=datetime(2030, 1, 1))

    assert await rows(Timer) == []


async def test_what_a_savepoint_takes_back_is_not_scheduled(sessions, drain, clock):
    say = Handler()
    async with sessions.begin() as session:
        await jobs.schedule(session, "reminders.say", due=clock.now(), text="kept")
        savepoint = await session.begin_nested()
        await jobs.schedule(session, "reminders.say", due=clock.now(), text="taken back")
        await savepoint.rollback()

    await drain({"reminders.say": Job(handler=say)})

    assert say.args == [{"text": "kept"}]
