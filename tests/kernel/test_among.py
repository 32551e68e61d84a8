"""A subscriber that cares about few of many subjects costs no job for the others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from sqlalchemy import func, select

from rallypoint.kernel.events import Subscriber, record
from rallypoint.kernel.jobs import Run

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Knocked:
    kind: ClassVar[str] = "doors.knocked"
    door: int

    @property
    def subject(self) -> str:
        return f"door:{self.door}"


class Porter:
    """Listens at some doors, and counts how often it is asked at which."""

    def __init__(self, *doors):
        self.doors = {f"door:{door}" for door in doors}
        self.heard, self.asked = [], []

    async def among(self, session, subjects):
        assert session.in_transaction()
        self.asked.append(set(subjects))
        return self.doors & set(subjects)

    async def hear(self, work, happened):
        self.heard.append(happened.event.door)

    def subscriber(self, name, *, choosy):
        among = self.among if choosy else None
        return Subscriber(name=name, events=(Knocked,), handler=self.hear, among=among)


async def test_it_hears_of_those_it_wants_and_is_asked_once_a_batch(sessions, drain):
    porter, everybody = Porter(2, 3), Porter()
    async with sessions.begin() as session:
        await record(session, *(Knocked(door) for door in (1, 2, 1, 3, 2)), at=NOW)
    subscribers = [
        porter.subscriber("porter.hear", choosy=True),
        everybody.subscriber("all.hear", choosy=False),
    ]
    await drain({}, subscribers)
    async with sessions() as session:
        jobs = await session.scalar(select(func.count()).select_from(Run))

    assert sorted(porter.heard) == [2, 2, 3]
    assert sorted(everybody.heard) == [1, 1, 2, 2, 3]
    assert porter.asked == [{"door:1", "door:2", "door:3"}]
    assert jobs == 8


async def test_it_is_not_asked_about_other_events(sessions, drain):
    porter = Porter(1)
    await drain({}, [porter.subscriber("porter.hear", choosy=True)])

    assert porter.asked == []
