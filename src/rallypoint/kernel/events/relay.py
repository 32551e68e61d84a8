"""From the outbox to the subscribers: every event becomes a job for each that wants it, once."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Row, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.sql.dml import UpdateBase

from rallypoint.kernel import bulk
from rallypoint.kernel.clock import Clock
from rallypoint.kernel.commits import announce, listen
from rallypoint.kernel.db import DatabaseErrors, is_outage
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.jobs import Job, TimerState, Work
from rallypoint.kernel.jobs.claims import timer
from rallypoint.kernel.jobs.scheduling import TOPIC as TIMERS
from rallypoint.kernel.jobs.waiting import is_set

from .outbox import TOPIC, Gatherer, Happened, Recorded, Subscriber, adapter, is_of, outbox

LOOK_SECONDS = 1.0
"""How soon what other processes recorded is noticed."""
BATCH = 500
PACE_SECONDS = 0.015
"""Between the beginnings of two batches: a batch of one costs nearly what a batch of many does."""
_LOCK = 0x72616C6C79
"""PostgreSQL's advisory lock that makes relays of several processes take turns: any number nobody else uses."""

_HANDED_ON = (
    update(outbox)
    .where(outbox.c.position == bindparam("at_position"))
    .values(relayed_at=bindparam("now", type_=outbox.c.relayed_at.type))
)

_TAKE_TURN = select(func.pg_advisory_xact_lock(_LOCK))
_INSERT: Mapping[str, UpdateBase] = {
    "sqlite": sqlite.insert(timer).on_conflict_do_nothing(index_elements=["key"]),
    "postgresql": postgresql.insert(timer).on_conflict_do_nothing(index_elements=["key"]),
}

log = structlog.get_logger()


class Relay:
    def __init__(
        self,
        sessions: async_sessionmaker[AsyncSession],
        subscribers: Iterable[Subscriber],
        *,
        clock: Clock,
        gatherers: Iterable[Gatherer] = (),
        pace: float = PACE_SECONDS,
    ) -> None:
        self._sessions = sessions
        self._pace = pace
        self._clock = clock
        self._gatherers = tuple(gatherers)
        self._wake = asyncio.Event()
        self._of: defaultdict[str, list[Subscriber]] = defaultdict(list)
        conditions = {each.name: each.when for each in self._gatherers}
        for subscriber in subscribers:
            for event in subscriber.events:
                self._of[event.kind].append(subscriber)
            if subscriber.among is not None:
                conditions[subscriber.name] = is_of(subscriber.events) & subscriber.among
        self._asked = {name: len(outbox.c) + number for number, name in enumerate(conditions)}
        self._waiting = (
            select(*outbox.c, *conditions.values())
            .where(outbox.c.relayed_at.is_(None))
            .order_by(outbox.c.position)
            .limit(BATCH)
            .with_for_update()
        )

    async def run(self) -> None:
        """Until cancelled. Any number of processes may have one."""
        unlisten = listen(self._sessions, TOPIC, lambda _moment: self._wake.set())
        try:
            while True:
                await self._step()
        finally:
            unlisten()

    async def drain(self) -> int:
        """Hand on what has been recorded; how many events."""
        total = count = await self._hand_on_somehow()
        # What is recorded meanwhile is announced, and drained by itself.
        while count == BATCH:
            count = await self._hand_on_somehow()
            total += count
        return total

    async def _hand_on_somehow(self) -> int:
        try:
            return await self._hand_on()
        except Exception as error:
            if not self._gatherers or is_outage(error):
                raise
            log.exception("a batch of events is handed on one by one")
            return await self._hand_on(one_by_one=True)

    async def _step(self) -> None:
        self._wake.clear()
        began = time.monotonic()
        try:
            await self.drain()
        except DatabaseErrors as error:
            if not is_outage(error):
                raise
            log.error("events wait, for the database does not answer", error=str(error)[:300])
        if not await is_set(self._wake, within=LOOK_SECONDS):
            return
        if (early := self._pace - (time.monotonic() - began)) > 0:
            await asyncio.sleep(early)

    async def _hand_on(self, *, one_by_one: bool = False) -> int:
        now = self._clock.now()
        async with self._sessions.begin() as session:
            dialect = session.get_bind().dialect.name
            if dialect == "postgresql":
                await session.execute(_TAKE_TURN)
            rows = (await session.execute(self._waiting)).all()
            jobs = await self._gather(session, rows, now, one_by_one=one_by_one)
            jobs += [job for row in rows for job in self._jobs(row, now)]
            handed_on = [{"at_position": row.position, "now": now} for row in rows]
            await bulk.execute_each(session, (_HANDED_ON, handed_on), (_INSERT[dialect], jobs))
            if jobs:
                announce(session, TIMERS, min(job["due_at"] for job in jobs))
        return len(rows)

    async def _gather(
        self, session: AsyncSession, rows: Sequence[Row[Any]], now: datetime, *, one_by_one: bool
    ) -> list[dict[str, Any]]:
        """The jobs that are left to do it instead."""
        if one_by_one:
            return [
                _job(each.name, row, now)
                for row in rows
                for each in self._gatherers
                if self._wants(each.name, row)
                and not await _gathers(each, session, _recorded(row), now)
            ]
        recorded = None
        for each in self._gatherers:
            if any(self._wants(each.name, row) for row in rows):
                recorded = recorded or [_recorded(row) for row in rows]
                await each.handler(session, recorded, now)
        return []

    def _jobs(self, row: Row[Any], now: datetime) -> list[dict[str, Any]]:
        return [
            _job(each.name, row, now)
            for each in self._of.get(row.kind, ())
            if each.among is None or self._wants(each.name, row)
        ]

    def _wants(self, name: str, row: Row[Any]) -> bool:
        return bool(row[self._asked[name]])


async def _gathers(each: Gatherer, session: AsyncSession, event: Recorded, now: datetime) -> bool:
    try:
        async with session.begin_nested():
            await each.handler(session, [event], now)
    except Exception as error:
        if is_outage(error):
            raise
        log.exception("an event is left to a job", gatherer=each.name, id=event.id, kind=event.kind)
        return False
    return True


def _recorded(row: Row[Any]) -> Recorded:
    fleeting = row.erase_at is not None
    return Recorded(row.position, row.id, row.kind, row.at, row.data, row.subject, fleeting)


def _job(name: str, row: Row[Any], now: datetime) -> dict[str, Any]:
    due = min(row.at, now)
    return {
        "kind": name,
        "key": f"{row.id}:{name}",
        "lane": f"{name}|{row.subject}",
        "state": TimerState.WAITING.value,
        "token": 0,
        "attempts": 0,
        "ends": False,
        "planned_at": due,
        "due_at": due,
        "args": {
            "id": row.id,
            "kind": row.kind,
            "subject": row.subject,
            "at": row.at.isoformat(),
            "data": row.data,
        },
    }


def jobs_for(
    subscribers: Iterable[Subscriber], gatherers: Iterable[Gatherer] = ()
) -> Mapping[str, Job]:
    """What the engine is to know to run them."""
    alone = {each.name: Job(handler=_GatherOne(each)) for each in gatherers}
    return alone | {
        subscriber.name: Job(
            handler=_Call(subscriber),
            affinity=subscriber.affinity,
            timeout=subscriber.timeout,
            attempts=subscriber.attempts,
        )
        for subscriber in subscribers
    }


@dataclass(frozen=True, slots=True)
class _Call:
    subscriber: Subscriber

    async def __call__(self, work: Work) -> None:
        await self.subscriber.handler(work, _read(work.args, self.subscriber))


@dataclass(frozen=True, slots=True)
class _GatherOne:
    gatherer: Gatherer

    async def __call__(self, work: Work) -> None:
        args, at = work.args, _AT.validate_python(work.args["at"])
        fleeting = bool(args["data"].get("fleeting"))
        event = Recorded(0, args["id"], args["kind"], at, args["data"], args["subject"], fleeting)
        async with work.sessions.begin() as session:
            await self.gatherer.handler(session, [event], work.clock.now())


_AT: TypeAdapter[datetime] = TypeAdapter(datetime)


def _read(args: Mapping[str, Any], subscriber: Subscriber) -> Happened[Any]:
    """Raises Refused, which is final and stays to be seen, for what this version cannot read."""
    kind = args["kind"]
    event = next((event for event in subscriber.events if event.kind == kind), None)
    if event is None:
        raise Refused("event_unknown", kind=kind, subscriber=subscriber.name)
    try:
        return Happened(
            id=args["id"],
            kind=kind,
            subject=args["subject"],
            at=_AT.validate_python(args["at"]),
            event=adapter(event).validate_python(args["data"]),
        )
    except ValidationError as error:
        raise Refused("event_unreadable", kind=kind, error=str(error)) from error
