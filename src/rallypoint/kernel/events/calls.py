"""The jobs that events become."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import UpdateBase

from rallypoint.kernel import bulk
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.jobs import Job, TimerState, Work
from rallypoint.kernel.jobs.claims import timer

from .outbox import Gatherer, Happened, Recorded, Subscriber, adapter

_INSERT: Mapping[str, UpdateBase] = {
    "sqlite": sqlite.insert(timer).on_conflict_do_nothing(index_elements=["key"]),
    "postgresql": postgresql.insert(timer).on_conflict_do_nothing(index_elements=["key"]),
}


def batch(dialect: str, rows: Sequence[Mapping[str, Any]]) -> bulk.Batch:
    """What writes them."""
    return _INSERT[dialect], rows


def row_for(name: str, event: Recorded, now: datetime) -> dict[str, Any]:
    """Of the table of timers: who is called *name* is given the event, as soon as can be."""
    due = min(event.at, now)
    return {
        "kind": name,
        "key": f"{event.id}:{name}",
        "lane": f"{name}|{event.subject}",
        "state": TimerState.WAITING.value,
        "token": 0,
        "attempts": 0,
        "ends": False,
        "planned_at": due,
        "due_at": due,
        "args": {
            "id": event.id,
            "kind": event.kind,
            "subject": event.subject,
            "at": event.at.isoformat(),
            "data": event.data,
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
