"""Who gathers events is given each once, in order, in the transaction that hands it on; whatever it fails at."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

import pytest
from sqlalchemy import insert, select

from rallypoint.kernel.db import DatabaseErrors
from rallypoint.kernel.events import Gatherer, Outbox, Relay, Subscriber, record
from rallypoint.kernel.jobs import Run, Timer, TimerState

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Rung:
    kind: ClassVar[str] = "bells.rung"
    bell: int
    fleeting: bool = False

    @property
    def subject(self) -> str:
        return f"bell:{self.bell}"


class Collector:
    """Writes down each in a table that is at hand; chokes on some."""

    def __init__(self, *poison):
        self.poison = set(poison)
        self.batches = []

    async def gather(self, session, recorded, now):
        self.batches.append([each.data["bell"] for each in recorded])
        for each in recorded:
            if each.data["bell"] in self.poison:
                raise KeyError(each.data["bell"])
            await session.execute(insert(Run).values(run_of(each.data["bell"])))

    @property
    def gatherer(self):
        return Gatherer(name="collector.gather", handler=self.gather)


def run_of(number):
    words = {"kind": "kept", "status": "success", "worker": "w"}
    moments = dict.fromkeys(("due_at", "started_at", "finished_at"), NOW)
    return words | moments | {"timer_id": number, "attempt": 1}


async def rung(sessions, *bells, fleeting=False):
    async with sessions.begin() as session:
        await record(session, *(Rung(bell, fleeting) for bell in bells), at=NOW)


async def kept(sessions):
    async with sessions() as session:
        rows = select(Run.timer_id).where(Run.kind == "kept").order_by(Run.id)
        return list(await session.scalars(rows))


async def test_each_event_is_gathered_once_in_order_in_one_batch(sessions, clock):
    collector = Collector()
    await rung(sessions, 3, 1, 2)
    relay = Relay(sessions, [], clock=clock, gatherers=[collector.gatherer])
    await relay.drain()
    await relay.drain()

    assert await kept(sessions) == [3, 1, 2]
    assert collector.batches == [[3, 1, 2]]


async def test_one_that_it_chokes_on_becomes_a_job_and_the_others_go_on(sessions, clock, drain):
    collector, heard = Collector(2), []

    async def hear(work, happened):
        heard.append(happened.event.bell)

    await rung(sessions, 1, 2, 3)
    listener = Subscriber(name="test.hear", events=(Rung,), handler=hear)
    await drain({}, [listener], [collector.gatherer])
    async with sessions() as session:
        left = select(Outbox).where(Outbox.relayed_at.is_(None))
        timers = (await session.scalars(select(Timer))).all()

        assert (await session.scalars(left)).all() == []
    assert await kept(sessions) == [1, 3]
    assert sorted(heard) == [1, 2, 3]
    assert [(each.kind, each.args["data"]["bell"]) for each in timers] == [("collector.gather", 2)]

    collector.poison.clear()
    clock.set(timers[0].due_at)
    await drain({}, [listener], [collector.gatherer])
    assert await kept(sessions) == [1, 3, 2]


async def test_while_the_database_is_away_nothing_is_left_to_jobs(sessions, clock):
    async def fail(session, recorded, now):
        raise OSError("no disk")

    await rung(sessions, 1)
    gatherer = Gatherer(name="collector.gather", handler=fail)
    with pytest.raises(DatabaseErrors):
        await Relay(sessions, [], clock=clock, gatherers=[gatherer]).drain()
    async with sessions() as session:
        waiting = select(Timer).where(Timer.state == TimerState.WAITING.value)

        assert (await session.scalars(waiting)).all() == []
        assert await session.scalar(select(Outbox.relayed_at)) is None


async def test_it_is_told_what_is_fleeting(sessions, clock):
    told: list[tuple[str, bool]] = []

    async def gather(session, recorded, now):
        told.extend((each.subject, each.fleeting) for each in recorded)

    await rung(sessions, 1, fleeting=True)
    await rung(sessions, 2)
    gatherer = Gatherer(name="collector.gather", handler=gather)
    await Relay(sessions, [], clock=clock, gatherers=[gatherer]).drain()

    assert told == [("bell:1", True), ("bell:2", False)]


async def test_it_is_not_called_where_none_concerns_it(sessions, clock):
    collector = Collector()
    when = Outbox.subject == "bell:7"
    gatherer = Gatherer(name="collector.gather", handler=collector.gather, when=when)
    relay = Relay(sessions, [], clock=clock, gatherers=[gatherer])
    await rung(sessions, 1, 2)
    await relay.drain()
    assert collector.batches == []

    await rung(sessions, 3, 7)
    await relay.drain()
    assert collector.batches == [[3, 7]]


async def test_one_by_one_it_is_given_those_that_concern_it(sessions, clock, drain):
    collector = Collector(7)
    when = Outbox.subject.in_(["bell:7", "bell:8"])
    gatherer = Gatherer(name="collector.gather", handler=collector.gather, when=when)
    await rung(sessions, 6, 7, 8)
    await Relay(sessions, [], clock=clock, gatherers=[gatherer]).drain()

    assert collector.batches == [[6, 7, 8], [7], [8]]
    assert await kept(sessions) == [8]


async def test_what_comes_soon_after_a_batch_is_one_batch(sessions, clock, eventually):
    collector = Collector()
    relay = Relay(sessions, [], clock=clock, gatherers=[collector.gatherer], pace=1.5)
    running = asyncio.create_task(relay.run())

    async def batches():
        return collector.batches

    await rung(sessions, 1)
    await eventually(batches, [[1]])
    for bell in (2, 3, 4):
        await rung(sessions, bell)
    await eventually(batches, [[1], [2, 3, 4]])

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
