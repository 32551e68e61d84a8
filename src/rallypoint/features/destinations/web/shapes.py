"""What is told of destinations and of what was sent. Ids are strings, moments are in UTC; secrets are told once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from rallypoint.features.deliveries import api as deliveries
from rallypoint.features.deliveries.api import Kind, place


class Destination(BaseModel):
    id: str = Field(examples=["7"])
    name: str
    kind: str
    to: str = Field(description="Where it goes, without what may be secret in an address")
    state: str = Field(description="`active`, `paused` or `disabled`")
    reason: str | None = Field(
        description="Why it is disabled: `failing` or `gone`; or paused by us: `unreadable`"
    )
    failing_since: datetime | None
    next_try_at: datetime | None
    last_delivered_at: datetime | None
    created_by: str | None
    created_at: datetime
    updated_at: datetime


class NewDestination(Destination):
    secret: str | None = Field(description="What its messages are signed with; never told again")


class Destinations(BaseModel):
    items: list[Destination]


class Attempt(BaseModel):
    at: datetime
    seconds: float = Field(description="How long it took")
    verdict: str = Field(description="`delivered`, `later`, `never` or `gone`")
    status: int | None
    reason: str
    answer: str = Field(description="What came back, its first 1,024 characters: text, not HTML")
    next_try_at: datetime | None


class Delivery(BaseModel):
    id: str
    event_id: str
    kind: str
    subject: str
    happened_at: datetime
    state: str = Field(description="`pending`, `delivered` or `dead`")
    reason: str | None
    attempts: int = Field(description="How often it was tried")
    next_try_at: datetime | None
    replayed: bool = Field(description="Whether it was sent again")
    tries: list[Attempt]


class Deliveries(BaseModel):
    items: list[Delivery]
    next: str | None = Field(description="For `before`; `null`: these were the last")


class Replayed(BaseModel):
    count: int = Field(description="How many: 10,000 at most; ask again for the rest")


class Line(BaseModel):
    line: str


def destination(row: deliveries.Destination) -> Destination:
    return Destination(**_told(row))


def new_destination(row: deliveries.Destination, secret: str | None) -> NewDestination:
    return NewDestination(**_told(row), secret=secret)


def _told(row: deliveries.Destination) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "name": row.name,
        "kind": row.kind,
        "to": place(Kind(row.kind), row.config),
        "state": row.state,
        "reason": row.reason,
        "failing_since": row.failing_since,
        "next_try_at": row.next_try_at,
        "last_delivered_at": row.last_delivered_at,
        "created_by": None if row.created_by is None else str(row.created_by),
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def delivery(
    row: deliveries.Delivery, attempts: Sequence[deliveries.DeliveryAttempt] = ()
) -> Delivery:
    return Delivery(
        id=str(row.id),
        event_id=row.event_id,
        kind=row.kind,
        subject=row.subject,
        happened_at=row.happened_at,
        state=row.state,
        reason=row.reason,
        attempts=row.attempts,
        next_try_at=row.due_at,
        replayed=row.again,
        tries=[_attempt(each) for each in attempts],
    )


def _attempt(row: deliveries.DeliveryAttempt) -> Attempt:
    return Attempt(
        at=row.at,
        seconds=round(row.seconds, 3),
        verdict=row.verdict,
        status=row.status,
        reason=row.reason,
        answer=row.answer,
        next_try_at=row.next_try_at,
    )
