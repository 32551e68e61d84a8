"""From the outbox to the subscribers: every event becomes a job for each that wants it, once."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, cast

import structlog
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Row, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from rallypoint.kernel.clock import Clock
from rallypoint.kernel.commits import announce, listen
from rallypoint.kernel.db import DatabaseErrors, is_outage
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.jobs import Job, TimerState, Work
from rallypoint.kernel.jobs.claims import timer
from rallypoint.kernel.jobs.scheduling import TOPIC as TIMERS
from rallypoint.kernel.jobs.waiting import is_set

from .outbox import TOPIC, Gatherer, Happened, Recorded, Subscriber, adapter, outbox

LOOK_SECONDS = 1.0
"""How soon what other processes recorded is noticed."""
BATCH = 500
PACE_SECONDS = 0.015
"""Between the beginnings of two batches: a batch of one costs nearly what a batch of many does."""
_LOCK = 0x72616C6C79
"""PostgreSQL's advisory lock that makes relays of several processes take turns: any number nobody else uses."""

_WAITING = (
    select(outbox.c.position)
    .where(outbox.c.relayed_at.is_(None))
    .order_by(outbox.c.position)
    .limit(BATCH)
)
_TAKE = (
    update(outbox)
    .where(outbox.c.position.in_(_WAITING))
    .values(relayed_at=bindparam("now", type_=outbox.c.relayed_at.type))
    .returning(*outbox.c)
)

log = structlog.get_logger()

Wanted = tuple[str, str]
"""A subscriber's name, and a subject."""


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
        for subscriber in subscribers:
            for event in subscriber.events:
                self._of[event.kind].append(subscriber)

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
            sqlite_used = session.get_bind().dialect.name == "sqlite"
            if not sqlite_used:
                await session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
            taken = await session.execute(_TAKE, {"now": now})
            rows = sorted(taken, key=attrgetter("position"))
            wanted = await self._wanted(session, rows)
            left = await self._gather(session, rows, now, one_by_one=one_by_one)
            if jobs := left + [job for row in rows for job in self._jobs(row, now, wanted)]:
                insert = cast(Any, sqlite.insert if sqlite_used else postgresql.insert)(timer)
                await session.execute(insert.on_conflict_do_nothing(index_elements=["key"]), jobs)
                announce(session, TIMERS, min(job["due_at"] for job in jobs))
        return len(rows)

    async def _gather(
        self, session: AsyncSession, rows: Sequence[Row[Any]], now: datetime, *, one_by_one: bool
    ) -> list[dict[str, Any]]:
        """The jobs that are left to do it instead."""
        recorded = [_recorded(row) for row in rows]
        if not one_by_one:
            for each in self._gatherers if recorded else ():
                await each.handler(session, recorded, now)
            return []
        return [
            _job(each.name, row, now)
            for row, event in zip(rows, recorded, strict=True)
            for each in self._gatherers
            if not await _gathers(each, session, event, now)
        ]

    async def _wanted(self, session: AsyncSession, rows: Sequence[Row[Any]]) -> set[Wanted]:
        """Of those who want to hear of some subjects only: which."""
        subjects: defaultdict[str, set[str]] = defaultdict(set)
        choosy = {}
        for row in rows:
            for subscriber in self._of.get(row.kind, ()):
                if subscriber.among is not None:
                    subjects[subscriber.name].add(row.subject)
                    choosy[subscriber.name] = subscriber.among
        return {
            (name, subject)
            for name, among in choosy.items()
            for subject in await among(session, subjects[name])
        }

    def _jobs(self, row: Row[Any], now: datetime, wanted: set[Wanted]) -> list[dict[str, Any]]:
        return [
            _job(each.name, row, now)
            for each in self._of.get(row.kind, ())
            if each.among is None or (each.name, row.subject) in wanted
        ]


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
