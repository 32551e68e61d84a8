"""Facts, written down in the transaction that makes them true."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, ClassVar, Generic, Protocol, TypeVar, cast

from pydantic import TypeAdapter
from sqlalchemy import Index, String, Table, insert, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from rallypoint.kernel.commits import announce
from rallypoint.kernel.db import Instant, Model, Serial
from rallypoint.kernel.ids import ulid
from rallypoint.kernel.jobs import Affinity, Work
from rallypoint.kernel.jobs.timers import Json

TOPIC = "rallypoint_events"


class Event(Protocol):
    """A frozen dataclass of what pydantic can write as JSON and read again."""

    kind: ClassVar[str]
    """`feature.past`, a contract once released."""

    @property
    def subject(self) -> str:
        """What it is about ("channel:123"): events about the same are handed on in order."""


E = TypeVar("E", covariant=True)


@dataclass(frozen=True, slots=True)
class Happened(Generic[E]):
    id: str
    """A ULID, the same for every subscriber and on every attempt."""
    kind: str
    subject: str
    at: datetime
    event: E


Among = Callable[[AsyncSession, Collection[str]], Awaitable[Collection[str]]]
"""Given subjects: those one wants to hear of."""


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
    among: Among | None = None
    """For one that cares about few of the many subjects of its events: asked once for each batch that is handed on, in
    that transaction, so that the others cost no job."""


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
        {"sqlite_autoincrement": True},
    )

    position: Mapped[int] = mapped_column(Serial, primary_key=True)
    id: Mapped[str] = mapped_column(String(26), unique=True)
    kind: Mapped[str] = mapped_column(String(100))
    subject: Mapped[str] = mapped_column(String(100))
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    at: Mapped[datetime] = mapped_column(Instant)
    relayed_at: Mapped[datetime | None] = mapped_column(Instant)


outbox = cast(Table, Outbox.__table__)
_INSERT = insert(outbox)


async def record(session: AsyncSession, *events: Event, at: datetime) -> None:
    """Write down that *events* happened, in this order, at the moment *at*."""
    await record_each(session, [(event, at) for event in events])


async def record_each(session: AsyncSession, events: Sequence[tuple[Event, datetime]]) -> None:
    """Events with their moments. One statement however many they are."""
    if not events:
        return
    rows = [
        {
            "id": ulid(at),
            "kind": event.kind,
            "subject": event.subject,
            "data": adapter(type(event)).dump_python(event, mode="json"),
            "at": at,
        }
        for event, at in events
    ]
    await session.execute(_INSERT, rows)
    announce(session, TOPIC, rows[0]["at"])


@cache
def adapter(event: type[Event]) -> TypeAdapter[Any]:
    return TypeAdapter(event)
