"""What is told of subscriptions, and asked for. Ids are strings, moments are in UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from rallypoint.features.conditions.api import Conditions
from rallypoint.features.subscriptions import model
from rallypoint.features.subscriptions.rules.matching import LONGEST, MOST_KINDS, MOST_SUBJECTS
from rallypoint.features.subscriptions.service.managing import Changes, Wanted

Pattern = Annotated[str, Field(min_length=1, max_length=LONGEST, pattern=r"^[a-z0-9_.*]+$")]
Subject = Annotated[str, Field(max_length=LONGEST, pattern=r"^[a-z_]+:[0-9A-Za-z_-]+$")]
Kinds = Annotated[
    list[Pattern],
    Field(
        min_length=1,
        max_length=MOST_KINDS,
        description="Kinds of events, with `*` for anything",
        examples=[["presence.*"]],
    ),
]
Subjects = Annotated[
    list[Subject],
    Field(
        max_length=MOST_SUBJECTS,
        description="What they are about; none: anything",
        examples=[["channel:80351110224678912"]],
    ),
]


class Subscription(BaseModel):
    id: str = Field(examples=["7"])
    destination_id: str
    kinds: list[str]
    subjects: list[str] | None = Field(description="`null`: whatever they are about")
    conditions: dict[str, Any]
    is_active: bool
    created_by: str | None
    created_at: datetime
    updated_at: datetime


class Subscriptions(BaseModel):
    items: list[Subscription]


class EventKind(BaseModel):
    kind: str = Field(examples=["presence.joined"])
    words: str
    fields: list[str] = Field(description="The names in its `data`")


class EventKinds(BaseModel):
    items: list[EventKind]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewSubscription(_Strict):
    destination_id: str = Field(pattern=r"^[0-9]{1,18}$", examples=["7"])
    kinds: Kinds
    subjects: Subjects = []
    conditions: Conditions = Conditions()

    def wanted(self) -> Wanted:
        conditions = self.conditions.model_dump(exclude_defaults=True)
        return Wanted(int(self.destination_id), self.kinds, self.subjects or None, conditions)


class SubscriptionChanges(_Strict):
    """What is left out, or `null`, stays."""

    kinds: Kinds | None = None
    subjects: Subjects | None = None
    conditions: Conditions | None = Field(
        default=None, description="All of them anew: `{}` takes them away"
    )
    is_active: StrictBool | None = None

    def changes(self) -> Changes:
        asked = self.conditions
        conditions = None if asked is None else asked.model_dump(exclude_defaults=True)
        return Changes(self.kinds, self.subjects, conditions, active=self.is_active)


def subscription(row: model.Subscription) -> Subscription:
    return Subscription(
        id=str(row.id),
        destination_id=str(row.destination_id),
        kinds=row.kinds,
        subjects=row.subjects,
        conditions=row.conditions,
        is_active=row.active,
        created_by=None if row.created_by is None else str(row.created_by),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
