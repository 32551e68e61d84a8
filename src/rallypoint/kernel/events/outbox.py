"""Facts, written down in the transaction that makes them true."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, ClassVar, Generic, Protocol, TypeVar, cast

from pydantic import TypeAdapter
from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Dialect,
    Index,
    String,
    Table,
    Text,
    TypeDecorator,
    bindparam,
    delete,
    insert,
    literal,
    or_,
    select,
    text,
    true,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from rallypoint.kernel import bulk
from rallypoint.kernel.commits import announce
from rallypoint.kernel.db import Instant, Model, Serial
from rallypoint.kernel.ids import ulid
from rallypoint.kernel.jobs import Affinity, Work
from rallypoint.kernel.jobs.timers import Json

TOPIC = "rallypoint_events"
FLEETING_FOR = timedelta(minutes=10)
ERASED_AT_ONCE = 2000


class Event(Protocol):
    """A frozen dataclass of what pydantic can write as JSON and read again."""

    kind: ClassVar[str]
    """`feature.past`, a contract once released."""

    @property
    def subject(self) -> str:
        """What it is about ("channel:123"): events about the same are handed on in order."""

    # It may have a `fleeting`, for "not to be kept": then it is erased soon after it was handed on.


E = TypeVar("E", covariant=True)


@dataclass(frozen=True, slots=True)
class Happened(Generic[E]):
    id: str
    """A ULID, the same for every subscriber and on every attempt."""
    kind: str
    subject: str
    at: datetime
    event: E


Condition = ColumnElement[bool]
"""On a row of the outbox. It is asked in the statement that hands the row on, whatever its kind: uncorrelated, what it
looks up elsewhere is looked up once for each batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """Called once for each event of its kinds, as a job of its own; in order as far as the subject is the same."""

    name: str
    """`feature.verb`: the kind of the job, a contract once released."""
    events: tuple[type[Event], ...]
    handler: Callable[[Work, Happened[Any]], Awaitable[None]]
    """Idempotent, as a job's handler."""
    affinity: Affinity = Affinity.ANY
    timeout: timedelta = timedelta(seconds=60)
    attempts: int = 5
    among: Condition | None = None
    """For one that cares about few of its many events: the others cost no job."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as it lies in the outbox."""

    position: int
    id: str
    kind: str
    at: datetime
    data: dict[str, Any]
    subject: str = ""
    fleeting: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gatherer:
    """Called with whole batches of events, whatever their kinds, in the transaction that hands them on: what it writes
    is there exactly once for each event, in the order of the outbox.

    One that it fails at becomes a job of its name, which is tried and seen as any other.
    """

    name: str
    """`feature.verb`, a contract once released."""
    handler: Callable[[AsyncSession, Sequence[Recorded], datetime], Awaitable[None]]
    """Given the events and the present moment. Everybody waits for it: it asks nobody but the database."""
    when: Condition = field(default_factory=true)
    """It is not called for a batch in which there is no such event."""


class Outbox(Model):
    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "ix_outbox_waiting",
            "position",
            sqlite_where=text("relayed_at IS NULL"),
            postgresql_where=text("relayed_at IS NULL"),
        ),
        Index("ix_outbox_relayed", "relayed_at"),
        Index(
            "ix_outbox_fleeting",
            "erase_at",
            sqlite_where=text("erase_at IS NOT NULL"),
            postgresql_where=text("erase_at IS NOT NULL"),
        ),
        {"sqlite_autoincrement": True},
    )

    position: Mapped[int] = mapped_column(Serial, primary_key=True)
    id: Mapped[str] = mapped_column(String(26), unique=True)
    kind: Mapped[str] = mapped_column(String(100))
    subject: Mapped[str] = mapped_column(String(100))
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    at: Mapped[datetime] = mapped_column(Instant)
    relayed_at: Mapped[datetime | None] = mapped_column(Instant)
    erase_at: Mapped[datetime | None] = mapped_column(Instant)
    """None: kept as long as any."""


outbox = cast(Table, Outbox.__table__)


def is_of(events: Iterable[type[Event]]) -> ColumnElement[bool]:
    """The kind of one of them. No IN: that is spelt out anew each time it is asked."""
    return or_(*(outbox.c.kind == event.kind for event in events))


def subject_of(what: str, column: Any) -> ColumnElement[str]:
    """Such as "channel:123", of a column with 123."""
    return literal(f"{what}:") + sql_cast(column, Text)


class _Put(TypeDecorator[str]):
    """JSON that is in words already."""

    impl = Json
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> None:
        return None


_INSERT = insert(outbox).values(data=bindparam("words", type_=_Put()))


async def record(session: AsyncSession, *events: Event, at: datetime) -> None:
    """Write down that *events* happened, in this order, at the moment *at*."""
    await record_each(session, [(event, at) for event in events])


async def record_each(session: AsyncSession, events: Sequence[tuple[Event, datetime]]) -> None:
    """Events with their moments. One statement however many they are."""
    await bulk.execute_each(session, batch(session, events))


def batch(session: AsyncSession, events: Sequence[tuple[Event, datetime]]) -> bulk.Batch:
    """What records them, for who writes more in the same trip."""
    if events:
        announce(session, TOPIC, events[0][1])
    return written(events)


def written(events: Sequence[tuple[Event, datetime]]) -> bulk.Batch:
    """What records them, for who announces them by itself."""
    return _INSERT, [_row(event, at) for event, at in events]


def _row(event: Event, at: datetime) -> dict[str, Any]:
    return {
        "id": ulid(at),
        "kind": event.kind,
        "subject": event.subject,
        "words": adapter(type(event)).serializer.to_json(event).decode(),
        "at": at,
        "erase_at": at + FLEETING_FOR if getattr(event, "fleeting", False) else None,
    }


async def erase_fleeting(session: AsyncSession, now: datetime) -> int:
    """Some of those whose time has come and that were handed on; how many."""
    due = (
        select(outbox.c.position)
        .where(outbox.c.erase_at <= now, outbox.c.relayed_at.is_not(None))
        .limit(ERASED_AT_ONCE)
    )
    result = await session.execute(delete(outbox).where(outbox.c.position.in_(due)))
    return cast("CursorResult[Any]", result).rowcount


@cache
def adapter(event: type[Event]) -> TypeAdapter[Any]:
    return TypeAdapter(event)
