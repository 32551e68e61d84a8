"""The engine records what came of an attempt, and decides whether there is another."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError
from structlog.testing import capture_logs

from rallypoint.kernel.errors import NotFound, Refused, Unavailable
from rallypoint.kernel.jobs import Job, Run, Timer, TimerState

from .conftest import PATIENCE, Gate, Handler

SECOND = timedelta(seconds=1)
SHORT = timedelta(milliseconds=50)


async def test_a_failed_attempt_is_tried_again_later(promise, drain, clock, rows):
    say = Handler(OSError("the line is dead"), None)
    kinds = {"reminders.say": Job(handler=say)}
    await promise("reminders.say", due=clock.now(), text="up")

    assert await drain(kinds) == 1
    (timer,) = await rows(Timer)
    assert timer.state == TimerState.WAITING
    assert "the line is dead" in timer.last_error
    assert clock.now() + SECOND <= timer.due_at <= clock.now() + 2 * SECOND

    clock.set(timer.due_at - timedelta(microseconds=1))
    assert await drain(kinds) == 0
    clock.set(timer.due_at)
    assert await drain(kinds) == 1
    assert await rows(Timer) == []
    assert [(run.status, run.attempt) for run in await rows(Run)] == [("failed", 1), ("success", 2)]


@pytest.mark.parametrize(
    ("error", "logged"),
    [
        (ValueError("a defect"), True),
        (IntegrityError("INSERT", {}, Exception("not unique")), True),
        (Refused("room_full"), False),
        (Unavailable("Discord is away"), False),
        (OperationalError("SELECT", {}, Exception("the database is away")), False),
        (ConnectionResetError(), False),
    ],
    ids=lambda each: type(each).__name__,
)
async def test_a_defect_is_logged_with_what_it_was_about(promise, drain, clock, error, logged):
    say = Handler(error)
    await promise("reminders.say", key="reminder:1", due=clock.now(), room_id=7, text="up")
    with capture_logs() as lines:
        await drain({"reminders.say": Job(handler=say)})

    told = [
        (each["job"], each["operation"], each["attempt"], each["room_id"], each["exc_info"])
        for each in lines
        if each["event"] == "a job failed"
    ]
    assert told == ([("reminders.say", say.calls[0].key, 1, 7, error)] if logged else [])
    assert "up" not in str(lines)


async def test_a_retry_is_about_the_same_moment_with_the_same_key(promise, drain, clock, rows):
    say = Handler(OSError("no"), None)
    kinds = {"reminders.say": Job(handler=say)}
    promised = clock.now()
    await promise("reminders.say", key="reminder:1", due=promised)
    await drain(kinds)
    clock.advance(timedelta(minutes=5))
    await drain(kinds)
    await promise("reminders.say", key="reminder:1", due=clock.now())
    await drain(kinds)

    first, retry, another = say.calls
    assert (first.attempt, retry.attempt, another.attempt) == (1, 2, 1)
    assert (first.due_at, retry.due_at, another.due_at) == (promised, promised, clock.now())
    assert first.key == retry.key != another.key


async def test_one_whose_attempts_are_used_up_stays_to_be_seen(promise, drain, clock, rows):
    say = Handler(*[OSError("no")] * 9)
    kinds = {"reminders.say": Job(handler=say, attempts=3)}
    await promise("reminders.say", due=clock.now())
    for _ in range(6):
        await drain(kinds)
        clock.advance(timedelta(minutes=5))

    assert [work.attempt for work in say.calls] == [1, 2, 3]
    (timer,) = await rows(Timer)
    assert (timer.state, timer.attempts) == (TimerState.FAILED, 3)
    assert "OSError: no" in timer.last_error
    assert [run.status for run in await rows(Run)] == ["failed"] * 3


@pytest.mark.parametrize("refusal", [Refused("too_late"), NotFound("room_gone", room=5)])
async def test_a_refusal_is_final_at_once(promise, drain, clock, rows, refusal):
    say = Handler(refusal)
    await promise("reminders.say", due=clock.now())

    assert await drain({"reminders.say": Job(handler=say)}) == 1

    clock.advance(timedelta(days=1))
    assert await drain({"reminders.say": Job(handler=say)}) == 0
    (timer,) = await rows(Timer)
    assert timer.state == TimerState.FAILED
    assert refusal.code in timer.last_error


async def test_who_is_unavailable_says_when_to_come_back(promise, drain, clock, rows):
    say = Handler(Unavailable("rate limited", retry_in=timedelta(seconds=77)), None)
    kinds = {"reminders.say": Job(handler=say)}
    await promise("reminders.say", due=clock.now())

    assert await drain(kinds) == 1
    clock.advance(timedelta(seconds=77) - timedelta(microseconds=1))
    assert await drain(kinds) == 0
    clock.advance(timedelta(microseconds=1))
    assert await drain(kinds) == 1


async def test_a_job_that_takes_too_long_is_cancelled_and_tried_again(promise, drain, clock, rows):
    cancelled = asyncio.Event()

    async def hang(_work):
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    say = Handler(hang, None)
    kinds = {"reminders.say": Job(handler=say, timeout=SHORT)}
    await promise("reminders.say", due=clock.now())
    with capture_logs() as lines:
        await drain(kinds)

    assert cancelled.is_set()
    (timer,) = await rows(Timer)
    assert timer.state == TimerState.WAITING
    (run,) = await rows(Run)
    assert run.status == "timed_out"
    # Where it hung, and how long.
    assert "in hang" in run.error
    assert run.error.endswith("TimeoutError: was not done after 0.05 s\n")
    [told] = [each for each in lines if each["event"] == "a job failed"]
    assert (told["job"], str(told["exc_info"])) == ("reminders.say", "was not done after 0.05 s")

    clock.advance(timedelta(minutes=5))
    await drain(kinds)
    assert [run.status for run in await rows(Run)] == ["timed_out", "success"]


async def test_a_job_that_takes_too_long_and_then_ends_well_was_too_late(
    promise, drain, clock, rows
):
    async def shrug(_work):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return

    await promise("reminders.say", due=clock.now())
    await drain({"reminders.say": Job(handler=Handler(shrug), timeout=SHORT)})

    assert [run.status for run in await rows(Run)] == ["timed_out"]


async def test_a_job_that_swallows_its_cancellation_is_given_up_on(
    promise, drain, clock, rows, monkeypatch
):
    monkeypatch.setattr("rallypoint.kernel.jobs.attempt.GRACE", SHORT)
    gate = Gate()

    async def refuse_to_end(work):
        while True:
            try:
                return await gate(work)
            except asyncio.CancelledError:
                continue

    stubborn, other = Handler(refuse_to_end), Handler()
    await promise("stubborn.hang", due=clock.now())
    await promise("reminders.say", due=clock.now())
    kinds = {
        "stubborn.hang": Job(handler=stubborn, timeout=SHORT, attempts=1),
        "reminders.say": Job(handler=other),
    }

    assert await drain(kinds, concurrency=1) == 2
    by_kind = {run.kind: run for run in await rows(Run)}
    assert by_kind["reminders.say"].status == "success"
    assert by_kind["stubborn.hang"].status == "timed_out"
    assert "goes on although it was cancelled" in by_kind["stubborn.hang"].error

    gate.open()
    assert [timer.state for timer in await rows(Timer)] == [TimerState.FAILED]


async def test_a_job_that_lets_a_cancellation_out_has_failed(promise, drain, clock, rows):
    await promise("reminders.say", due=clock.now())

    with capture_logs() as lines:
        await drain({"reminders.say": Job(handler=Handler(asyncio.CancelledError()))})

    assert [run.status for run in await rows(Run)] == ["failed"]
    assert [each["event"] for each in lines if each["log_level"] == "error"] == ["a job failed"]
    assert [timer.state for timer in await rows(Timer)] == [TimerState.WAITING]


async def test_the_error_is_kept_with_its_trace_but_not_without_end(promise, drain, clock, rows):
    def deep(left):
        if left:
            deep(left - 1)
        raise OSError("x" * 50_000 + " the end")

    async def fail(_work):
        deep(200)

    await promise("reminders.say", due=clock.now())
    await drain({"reminders.say": Job(handler=Handler(fail))})

    (run,) = await rows(Run)
    assert run.error.startswith("Traceback (most recent call last)")
    assert run.error.rstrip().endswith("the end")
    assert len(run.error) < 10_000


async def test_one_that_always_fails_is_no_hot_loop(promise, drain, clock, rows):
    say = Handler(*[OSError("no")] * 99)
    kinds = {"reminders.say": Job(handler=say, attempts=99)}
    await promise("reminders.say", due=clock.now())
    waits = []
    for _ in range(11):
        assert await drain(kinds) == 1
        (timer,) = await rows(Timer)
        waits.append(timer.due_at - clock.now())
        clock.set(timer.due_at)

    for attempt, wait in enumerate(waits):
        longest = min(2 * SECOND * 2**attempt, timedelta(minutes=5))
        assert longest / 2 <= wait <= longest


async def test_an_unknown_kind_is_parked_in_sight_and_revived_by_who_knows_it(
    promise, drain, clock, rows
):
    await promise("future.thing", due=clock.now(), text="kept")
    await promise("reminders.say", due=clock.now())

    assert await drain({"reminders.say": Job(handler=Handler())}) == 1
    assert await drain({"reminders.say": Job(handler=Handler())}) == 0
    (timer,) = await rows(Timer)
    assert (timer.kind, timer.state) == ("future.thing", TimerState.UNSUPPORTED)
    assert "no such kind" in timer.last_error

    known = Handler()
    assert await drain({"future.thing": Job(handler=known)}) == 1
    assert known.args == [{"text": "kept"}]


async def test_a_run_remembers_when_it_was_due_and_when_it_was(promise, drain, clock, rows):
    due = clock.now()
    await promise("reminders.say", key="reminder:1", due=due)
    clock.advance(5 * SECOND)

    async def take_two_seconds(_work):
        clock.advance(2 * SECOND)

    await drain({"reminders.say": Job(handler=Handler(take_two_seconds))})

    (run,) = await rows(Run)
    assert (run.key, run.due_at, run.started_at, run.finished_at) == (
        "reminder:1",
        due,
        due + 5 * SECOND,
        due + 7 * SECOND,
    )
    assert str(run.worker)


async def test_a_job_that_leaves_a_task_behind_keeps_nothing_from_going_on_or_ending(
    promise, engine_for, running, clock, rows
):
    left = []

    async def leak(_work):
        left.append(asyncio.create_task(asyncio.Event().wait()))

    leaking, other = Handler(leak), Handler()
    engine = engine_for(
        {"test.leak": Job(handler=leaking), "reminders.say": Job(handler=other)}, concurrency=1
    )
    task = running(engine)
    await promise("test.leak", due=clock.now())
    await leaking.called()
    await promise("reminders.say", due=clock.now())
    await other.called()
    engine.stop()
    await asyncio.wait_for(task, PATIENCE)

    assert [run.status for run in await rows(Run)] == ["success", "success"]
    assert not left[0].done()
    left[0].cancel()


@pytest.mark.parametrize("words", ["a \0 in it", "half a pair: \ud800"], ids=["nul", "surrogate"])
async def test_an_error_that_no_database_takes_as_text_is_recorded_all_the_same(
    words, promise, drain, clock, rows
):
    async def fail(_work):
        raise ValueError(words)

    await promise("reminders.say", due=clock.now())
    await drain({"reminders.say": Job(handler=fail, attempts=1)})

    (run,) = await rows(Run)
    assert (run.status, "ValueError" in run.error) == ("failed", True)
