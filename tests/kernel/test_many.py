"""Very many timers at once are what each of them would have been alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import event

from rallypoint.kernel import jobs
from rallypoint.kernel.commits import listen
from rallypoint.kernel.jobs import Job, Planned, Timer, TimerState
from rallypoint.kernel.jobs.many import AT_A_TIME
from rallypoint.kernel.jobs.scheduling import TOPIC

from .conftest import Gate, Handler

KIND = "reminders.say"
SECOND = timedelta(seconds=1)
WORDS = {"words": ["up", {"at": 7}], "loud": True, "to": None, "half": 0.5, "wide": "📣 é"}


@pytest.fixture
def many(sessions):
    """`await many([Planned(…), …])`: in a transaction of its own."""

    async def many(rows, kind=KIND):
        async with sessions.begin() as session:
            await jobs.schedule_many(session, kind, rows)

    return many


def said(timer):
    left_out = ("_sa_instance_state", "id", "created_at")
    return {name: value for name, value in vars(timer).items() if name not in left_out}


async def test_each_is_as_it_would_be_alone(many, promise, clock, rows):
    abroad = clock.now().astimezone(timezone(timedelta(hours=5.5)))
    moments = [clock.now(), abroad + timedelta(microseconds=7), datetime(1969, 1, 1, tzinfo=UTC)]
    for due in moments:
        await promise(KIND, due=due, lane="a", **WORDS)
    await many([Planned(due, WORDS, lane="a") for due in moments])
    alone, together = (await rows(Timer))[:3], (await rows(Timer))[3:]

    assert len(together) == 3
    assert [said(timer) for timer in together] == [said(timer) for timer in alone]


async def test_they_are_run_in_the_order_they_were_given_in(many, drain, clock):
    say = Handler()
    await many([Planned(clock.now(), {"number": n}, lane="a") for n in range(30)])
    await drain({KIND: Job(handler=say)})

    assert [args["number"] for args in say.args] == list(range(30))


async def test_a_thousand_are_one_statement_and_none_is_none(many, clock, database, rows):
    heard = []
    event.listen(
        database.engine.sync_engine,
        "before_cursor_execute",
        lambda _c, _k, statement, *_: heard.append(statement.startswith("INSERT")),
    )
    await many([Planned(clock.now(), {"number": n}) for n in range(AT_A_TIME + 1)])
    await many([])

    assert sum(heard) == 2
    timers = await rows(Timer)
    assert [timer.args["number"] for timer in timers] == list(range(AT_A_TIME + 1))


async def test_a_key_that_is_there_is_moved_and_of_two_the_last_counts(many, promise, clock, rows):
    await promise(KIND, due=clock.now(), key="1", text="old")
    await many(
        [
            Planned(clock.now(), {"text": "first"}, key="2"),
            Planned(clock.now() + SECOND, {"text": "new"}, key="1"),
            Planned(clock.now() + 2 * SECOND, {"text": "last"}, key="2"),
            Planned(clock.now(), {"text": "none"}),
        ]
    )

    assert {(t.key, t.args["text"], t.due_at) for t in await rows(Timer)} == {
        ("1", "new", clock.now() + SECOND),
        ("2", "last", clock.now() + 2 * SECOND),
        (None, "none", clock.now()),
    }


async def test_one_that_is_being_run_is_run_again_afterwards(
    many, promise, engine_for, running, clock, rows
):
    gate = Gate()
    say = Handler(gate)
    engine = engine_for({KIND: Job(handler=say)})
    task = running(engine)
    await promise(KIND, due=clock.now(), key="1", text="old")
    await say.called()
    await many([Planned(clock.now(), {"text": "new"}, key="1")])
    assert len(say.calls) == 1

    gate.open()
    await say.called(2)
    engine.stop()
    await task
    assert say.args == [{"text": "old"}, {"text": "new"}]


async def test_a_key_of_another_kind_is_refused_by_its_name(many, promise, clock, rows):
    await promise("rooms.close", due=clock.now(), key="mine")

    with pytest.raises(ValueError, match="'mine' belongs to a timer of another kind"):
        await many([Planned(clock.now()), Planned(clock.now(), key="mine")])
    assert [(timer.kind, timer.state) for timer in await rows(Timer)] == [
        ("rooms.close", TimerState.WAITING)
    ]


@pytest.mark.parametrize(
    ("row", "error"),
    [
        (Planned(datetime(2030, 1, 1)), ValueError),
        (Planned(datetime(2030, 1, 1, tzinfo=UTC), {"at": float("nan")}), TypeError),
        (Planned(datetime(2030, 1, 1, tzinfo=UTC), {"who": {1, 2}}), TypeError),
    ],
    ids=["no zone", "no number", "no json"],
)
async def test_what_cannot_be_stored_is_refused_before_anything_is(many, clock, rows, row, error):
    with pytest.raises(error):
        await many([*(Planned(clock.now()) for _ in range(AT_A_TIME)), row])

    assert await rows(Timer) == []


async def test_the_engines_are_told_once_of_the_earliest(many, sessions, clock):
    heard: list[datetime] = []
    listen(sessions, TOPIC, heard.append)
    await many([Planned(clock.now() + n * SECOND) for n in (3, 1, 2)])

    assert heard == [clock.now() + SECOND]
