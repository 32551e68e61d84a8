"""A subscriber that cares about few of many events costs no job for the others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from sqlalchemy import func, literal, select

from rallypoint.kernel.events import Outbox, Relay, Subscriber, record
from rallypoint.kernel.jobs import Run, Timer

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Knocked:
    kind: ClassVar[str] = "doors.knocked"
    door: int

    @property
    def subject(self) -> str:
        return f"door:{self.door}"


@dataclass(frozen=True, slots=True)
class Locked(Knocked):
    kind: ClassVar[str] = "doors.locked"


class Porter:
    def __init__(self):
        self.heard = []

    async def hear(self, work, happened):
        self.heard.append((happened.kind, happened.event.door))

    def subscriber(self, name, among=None, *, events=(Knocked,)):
        return Subscriber(name=name, events=events, handler=self.hear, among=among)


async def test_it_hears_of_those_it_wants(sessions, drain):
    porter, everybody = Porter(), Porter()
    async with sessions.begin() as session:
        await record(session, *(Knocked(door) for door in (1, 2, 1, 3, 2)), Locked(2), at=NOW)
    subscribers = [
        porter.subscriber("porter.hear", Outbox.subject.in_(["door:2", "door:3"])),
        everybody.subscriber("all.hear", events=(Knocked, Locked)),
    ]
    await drain({}, subscribers)
    async with sessions() as session:
        jobs = await session.scalar(select(func.count()).select_from(Run))

    knocked, locked = Knocked.kind, Locked.kind
    assert sorted(porter.heard) == [(knocked, 2), (knocked, 2), (knocked, 3)]
    assert sorted(everybody.heard) == [*((knocked, n) for n in (1, 1, 2, 2, 3)), (locked, 2)]
    assert jobs == 9


async def test_each_of_several_hears_of_its_own(sessions, drain):
    porters = {door: Porter() for door in (1, 2, 3)}
    async with sessions.begin() as session:
        await record(session, Knocked(1), Knocked(2), at=NOW)
    subscribers = [
        porter.subscriber(f"porter.hear_{door}", Outbox.subject == f"door:{door}")
        for door, porter in porters.items()
    ]
    await drain({}, subscribers)

    heard = {door: porter.heard for door, porter in porters.items()}
    assert heard == {1: [(Knocked.kind, 1)], 2: [(Knocked.kind, 2)], 3: []}


async def test_what_it_looks_up_counts_as_it_is_when_the_event_is_handed_on(sessions, clock, drain):
    """And of the batch, which is everything that waits, each event by itself."""
    porter = Porter()
    known = select(literal("door:") + Timer.key).where(Timer.kind == "doors")
    subscribers = [porter.subscriber("porter.hear", Outbox.subject.in_(known))]
    relay = Relay(sessions, subscribers, clock=clock)

    async def knock_on_all():
        async with sessions.begin() as session:
            await record(session, Knocked(1), Knocked(2), at=NOW)
        await relay.drain()

    await knock_on_all()
    async with sessions.begin() as session:
        state = {"kind": "doors", "state": "failed", "planned_at": NOW, "due_at": NOW}
        session.add(Timer(key="2", args={}, **state))
    await knock_on_all()
    await drain({}, subscribers)

    assert porter.heard == [(Knocked.kind, 2)]
