from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select, update

from rallypoint.kernel import bulk
from rallypoint.kernel.jobs.scheduling import TOPIC as TIMERS

from . import calls
from .outbox import Gatherer, Recorded, Subscriber, is_of, outbox

_READ = ("position", "id", "kind", "at", "data", "subject", "erase_at")
_HANDED_ON = (
    update(outbox)
    .where(outbox.c.position == bindparam("at_position"))
    .values(relayed_at=bindparam("now", type_=outbox.c.relayed_at.type))
)


class Waiting(NamedTuple):
    """An event that is to be handed on."""

    event: Recorded
    asked: Sequence[Any]
    """Whether those who are choosy want it: truth, false or NULL, as the database has it."""


class Wants:
    """Who wants which events: those who are choosy are asked in the statement that reads them."""

    def __init__(
        self, subscribers: Iterable[Subscriber], gatherers: Sequence[Gatherer], *, most: int
    ) -> None:
        self._gatherers = gatherers
        self._of: defaultdict[str, list[Subscriber]] = defaultdict(list)
        conditions = {each.name: each.when for each in gatherers}
        for subscriber in subscribers:
            for event in subscriber.events:
                self._of[event.kind].append(subscriber)
            if subscriber.among is not None:
                conditions[subscriber.name] = is_of(subscriber.events) & subscriber.among
        self._place = {name: number for number, name in enumerate(conditions)}
        self.statement = (
            select(*(outbox.c[name] for name in _READ), *conditions.values())
            .where(outbox.c.relayed_at.is_(None))
            .order_by(outbox.c.position)
            .limit(most)
            .with_for_update()
        )
        """Its rows are what `read` takes, in the order of the outbox."""

    def jobs(self, waiting: Iterable[Waiting], now: datetime) -> list[dict[str, Any]]:
        """Of the subscribers, as rows of the table of timers."""
        return [
            calls.row_for(each.name, one.event, now)
            for one in waiting
            for each in self._of.get(one.event.kind, ())
            if each.among is None or self.are_met(each.name, one)
        ]

    def gathering(self, waiting: Sequence[Waiting]) -> list[Gatherer]:
        """Those whom one of the events concerns."""
        return [
            each for each in self._gatherers if any(self.are_met(each.name, one) for one in waiting)
        ]

    def are_met(self, name: str, one: Waiting) -> bool:
        """The conditions of the subscriber or gatherer of that *name*."""
        return bool(one.asked[self._place[name]])


class Plan(NamedTuple):
    batches: Sequence[bulk.Batch]
    """What writes that events are handed on, and the jobs that they become."""
    told: Mapping[str, datetime]
    """Who is to know of it, see `commits.announce`."""


def plan(
    waiting: Iterable[Waiting], jobs: Sequence[Mapping[str, Any]], now: datetime, *, dialect: str
) -> Plan:
    handed_on = [{"at_position": one.event.position, "now": now} for one in waiting]
    told = {TIMERS: min(job["due_at"] for job in jobs)} if jobs else {}
    return Plan([(_HANDED_ON, handed_on), calls.batch(dialect, jobs)], told)


def read(row: Sequence[Any]) -> Waiting:
    position, id_, kind, at, data, subject, erase_at, *asked = row
    return Waiting(Recorded(position, id_, kind, at, data, subject, erase_at is not None), asked)
