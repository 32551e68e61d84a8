"""What happened is written down with the transaction that made it true, and reaches each subscriber once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest
from sqlalchemy import insert, select, text

from rallypoint.kernel.commits import listen
from rallypoint.kernel.db import DatabaseErrors
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.events import (
    Gatherer,
    Outbox,
    Relay,
    Subscriber,
    jobs_for,
    record,
    record_each,
)
from rallypoint.kernel.ids import ChannelId, UserId
from rallypoint.kernel.jobs import Run, Timer, TimerState
from rallypoint.kernel.jobs.scheduling import TOPIC as TIMERS

from .conftest import PATIENCE

SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Opened:
    kind: ClassVar[str] = "doors.opened"
    door: int
    number: int = 0

    @property
    def subject(self) -> str:
        return f"door:{self.door}"


@dataclass(frozen=True, slots=True)
class Shut:
    kind: ClassVar[str] = "doors.shut"
    door: int
    at: datetime
    by: tuple[UserId, ...] = ()
    seen_from: frozenset[ChannelId] = frozenset()
    note: str | None = None
    open_for: timedelta = SECOND

    @property
    def subject(self) -> str:
        return f"door:{self.door}"


class Listener:
    """Remembers what it heard, and fails in turn as told."""

    def __init__(self, *failures):
        self.heard = []
        self.works = []
        self.has_heard = asyncio.Event()
        self._failures = list(failures)

    async def __call__(self, work, happened):
        self.works.append(work)
        if failure := (self._failures.pop(0) if self._failures else None):
            raise failure
        self.heard.append(happened)
        self.has_heard.set()

    def subscriber(self, *events, name="doors.note", **more):
        return Subscriber(name=name, events=events, handler=self, **more)


@pytest.fixture
def tell(sessions, clock):
    """`await tell(event, …)`: record them in a transaction of its own."""

    async def record_now(*events):
        async with sessions.begin() as session:
            await record(session, *events, at=clock.now())

    return record_now


async def test_an_event_arrives_as_it_was_recorded(tell, drain, clock):
    note = Listener()
    shut = Shut(
        door=2**53 + 1,
        at=datetime(2030, 1, 1, 12, 0, 0, 123456, tzinfo=UTC),
        by=(UserId(1), UserId(2**63 - 1)),
        seen_from=frozenset({ChannelId(3), ChannelId(4)}),
        note="“so” – ö",
        open_for=timedelta(seconds=1.5),
    )
    await tell(shut)
    await drain({}, [note.subscriber(Opened, Shut)])

    (happened,) = note.heard
    assert happened.event == shut
    assert (happened.kind, happened.subject) == ("doors.shut", f"door:{2**53 + 1}")
    assert happened.at == clock.now()
    assert len(happened.id) == 26


async def test_what_is_rolled_back_never_happened(sessions, drain, clock, rows):
    note = Listener()
    async with sessions() as session:
        await record(session, Opened(1), at=clock.now())
        await session.rollback()
    await drain({}, [note.subscriber(Opened)])

    assert note.heard == []
    assert await rows(Outbox) == []


async def test_each_subscriber_hears_of_its_events_once(tell, drain):
    note, count, other = Listener(), Listener(), Listener()
    subscribers = [
        note.subscriber(Opened),
        count.subscriber(Opened, Shut, name="doors.count"),
        other.subscriber(Shut, name="doors.other"),
    ]
    await tell(Opened(1), Opened(2))
    await drain({}, subscribers)
    await drain({}, subscribers)

    assert [happened.event.door for happened in note.heard] == [1, 2]
    assert [happened.event.door for happened in count.heard] == [1, 2]
    assert other.heard == []


async def test_the_job_of_an_event_names_both(tell, drain):
    note = Listener()
    await tell(Opened(1))
    await drain({}, [note.subscriber(Opened)])

    (happened,), (work,) = note.heard, note.works
    assert work.key.startswith(f"{happened.id}:doors.note")
    assert work.kind == "doors.note"


async def test_events_about_one_thing_keep_their_order_even_if_one_is_tried_again(
    tell, drain, clock
):
    note = Listener(OSError("no"))
    subscriber = note.subscriber(Opened)
    for number in range(3):
        await tell(Opened(1, number), Opened(2, number))
    await drain({}, [subscriber])
    clock.advance(timedelta(minutes=5))
    await drain({}, [subscriber])

    order = [(happened.event.door, happened.event.number) for happened in note.heard]
    assert [number for door, number in order if door == 1] == [0, 1, 2]
    assert [number for door, number in order if door == 2] == [0, 1, 2]
    assert order.index((1, 0)) > order.index((2, 2))


async def test_a_subscriber_that_refuses_for_good_does_not_hold_up_the_next(tell, drain, rows):
    note = Listener(Refused("no"))
    await tell(Opened(1, 1), Opened(1, 2))
    await drain({}, [note.subscriber(Opened)])

    assert [happened.event.number for happened in note.heard] == [2]
    assert [timer.state for timer in await rows(Timer)] == [TimerState.FAILED]


async def test_one_subscriber_that_fails_does_not_concern_the_others(tell, drain, clock):
    note, count = Listener(OSError("no")), Listener()
    subscribers = [note.subscriber(Opened), count.subscriber(Opened, name="doors.count")]
    await tell(Opened(1))
    await drain({}, subscribers)
    assert (len(note.heard), len(count.heard)) == (0, 1)

    clock.advance(timedelta(minutes=5))
    await drain({}, subscribers)
    assert (len(note.heard), len(count.heard)) == (1, 1)


async def test_a_crash_between_relay_and_job_loses_and_repeats_nothing(
    tell, sessions, clock, engine_for, rows
):
    note = Listener()
    subscribers = [note.subscriber(Opened)]
    await tell(Opened(1))
    assert await Relay(sessions, subscribers, clock=clock).drain() == 1

    # As after a crash: everybody is new, and looks at what is there.
    assert await Relay(sessions, subscribers, clock=clock).drain() == 0
    await engine_for(jobs_for(subscribers)).drain()
    assert len(note.heard) == 1


DIE = {
    "sqlite": "CREATE TRIGGER die AFTER INSERT ON timer BEGIN SELECT RAISE(ABORT, 'dead'); END",
    "postgresql": "ALTER TABLE timer ADD CONSTRAINT dead CHECK (kind = '')",
}


async def test_a_relay_that_dies_before_it_commits_has_done_nothing(
    tell, database, sessions, clock, rows
):
    await tell(Opened(1))
    async with sessions.begin() as session:
        await session.execute(text(DIE[database.dialect]))
    with pytest.raises(DatabaseErrors, match="dead"):
        await Relay(sessions, [Listener().subscriber(Opened)], clock=clock).drain()

    assert await rows(Timer) == []
    assert [row.relayed_at for row in await rows(Outbox)] == [None]


@pytest.mark.parametrize("gathered", [False, True])
async def test_who_waits_for_timers_is_told_of_those_that_events_become(
    tell, sessions, clock, gathered
):
    async def gather(session, recorded, now):
        pass

    told: list[datetime] = []
    stop = listen(sessions, TIMERS, told.append)
    gatherers = [Gatherer(name="doors.gather", handler=gather)] if gathered else []
    subscribers = [Listener().subscriber(Opened)]
    relay = Relay(sessions, subscribers, clock=clock, gatherers=gatherers)
    await tell(Opened(1))
    await relay.drain()
    await tell(Shut(1, clock.now()))
    await relay.drain()
    stop()

    assert told == [clock.now()]


async def test_an_event_nobody_wants_is_marked_and_done_with(tell, sessions, clock, rows):
    await tell(Opened(1))
    assert await Relay(sessions, [], clock=clock).drain() == 1

    assert await rows(Timer) == []
    assert [row.relayed_at for row in await rows(Outbox)] == [clock.now()]


async def test_an_event_that_cannot_be_read_is_parked_in_sight_and_blocks_nobody(
    sessions, drain, clock, rows
):
    note = Listener()
    async with sessions.begin() as session:
        unreadable = {
            "id": "0" * 26,
            "kind": "doors.opened",
            "subject": "door:1",
            "at": clock.now(),
        }
        await session.execute(insert(Outbox), [unreadable | {"data": {"door": "which?"}}])
        await record(session, Opened(1), at=clock.now())
    await drain({}, [note.subscriber(Opened)])

    assert [happened.event.door for happened in note.heard] == [1]
    (timer,) = await rows(Timer)
    assert timer.state == TimerState.FAILED
    assert "event_unreadable" in timer.last_error


async def test_an_event_a_subscriber_no_longer_knows_is_parked_in_sight(
    tell, sessions, clock, engine_for, rows
):
    note = Listener()
    await tell(Opened(1))
    await Relay(sessions, [note.subscriber(Opened)], clock=clock).drain()
    await engine_for(jobs_for([note.subscriber(Shut)])).drain()

    assert note.heard == []
    assert [timer.state for timer in await rows(Timer)] == [TimerState.FAILED]
    assert ["event_unknown" in run.error for run in await rows(Run)] == [True]


async def test_many_events_of_one_transaction_keep_their_order_and_moments(
    sessions, drain, clock, rows
):
    note = Listener()
    events = [(Opened(1, number), clock.now() - number * SECOND) for number in range(1200)]
    async with sessions.begin() as session:
        await record_each(session, events)
        await record_each(session, [])

    assert [(row.data["number"], row.at) for row in await rows(Outbox)] == [
        (event.number, at) for event, at in events
    ]
    relayed = await Relay(sessions, [note.subscriber(Opened)], clock=clock).drain()
    assert relayed == 1200
    async with sessions.begin() as session:
        found = await session.scalars(select(Timer.args).order_by(Timer.id))
        assert [args["data"]["number"] for args in found] == list(range(1200))


async def test_a_running_relay_is_woken_by_the_commit(tell, sessions, clock, engine_for, running):
    note = Listener()
    subscribers = [note.subscriber(Opened)]
    relay = asyncio.create_task(Relay(sessions, subscribers, clock=clock).run())
    running(engine_for(jobs_for(subscribers)))
    await tell(Opened(1))
    await asyncio.wait_for(note.has_heard.wait(), PATIENCE)
    relay.cancel()

    assert [happened.event.door for happened in note.heard] == [1]


@pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
async def test_relays_of_several_processes_take_turns(tell, sessions, clock, rows):
    note = Listener()
    await tell(*[Opened(1, number) for number in range(1500)])
    relays = [Relay(sessions, [note.subscriber(Opened)], clock=clock) for _ in range(4)]
    counts = await asyncio.gather(*[relay.drain() for relay in relays])

    assert sum(counts) == 1500
    timers = await rows(Timer)
    assert [timer.args["data"]["number"] for timer in timers] == list(range(1500))
