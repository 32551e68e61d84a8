"""What a subscription would have sent."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from rallypoint.features.conditions.api import MOST_DAYS, Conditions, Ruling, Simulation, Whole
from rallypoint.features.subscriptions.service import trying
from rallypoint.features.subscriptions.service.trying import Question
from rallypoint.kernel.feature import Parts
from rallypoint.ui.web.answers import WITH_BODY, api, errors
from rallypoint.ui.web.rights import Manager, number

from .shapes import Kinds, Subjects


class Trial(BaseModel):
    """What is left out is as in the subscription, if one is named."""

    model_config = ConfigDict(extra="forbid")

    subscription_id: str | None = Field(default=None, pattern=r"^[0-9]{1,18}$", examples=["7"])
    kinds: Kinds | None = None
    subjects: Subjects | None = None
    conditions: Conditions | None = None
    days: Whole = Field(default=7, ge=1, le=MOST_DAYS, description="How far back it looks")


class WouldSend(BaseModel):
    event_id: str
    kind: str = Field(examples=["presence.joined"])
    subject: str = Field(examples=["channel:80351110224678912"])
    happened_at: datetime
    sent_at: datetime = Field(description="Later than it happened if it had to be waited for")


class Simulated(BaseModel):
    since: datetime
    until: datetime
    is_whole: bool = Field(
        description="Whether all that happened in the days that were asked about was looked at"
    )
    events: int = Field(description="How many events of the server were looked at")
    stays: int = Field(
        description="How many comings and goings of the voice ledger, where events are forgotten already"
    )
    would_send: int = Field(description="How many events")
    left_out: dict[str, int] = Field(
        description="How many events were left out, by the condition that did not hold",
        examples=[{"quiet_hours": 12}],
    )
    assumes_roles: bool = Field(
        description="The roles of then are not known: taken as if everybody had had one of them"
    )
    first: list[WouldSend] = Field(description="Of those that would have been sent")


def trial_routes(parts: Parts) -> APIRouter:
    router = api("/api/v1/guilds/{guild}/subscriptions/simulate", tag="Subscriptions")
    known = list(parts.events)

    async def simulate(by: Manager, body: Trial) -> Simulated:
        """What would have been sent in the last days. Nothing is sent, or kept."""
        async with parts.sessions.begin() as session:
            saved = await trying.question(session, _id(body.subscription_id), by=by, days=body.days)
            asked = _changed(saved, body)
            now = parts.clock.now()
            found = await trying.simulate(session, asked, known=known, by=by, now=now)
        return _told(found)

    responses = {**errors(403, 404, *WITH_BODY)}
    router.post("", operation_id="simulateSubscription", responses=responses)(simulate)
    return router


def _id(text: str | None) -> int | None:
    if text is None:
        return None
    return number(text, unknown="subscription_unknown", subscription=text)


def _changed(saved: Question, body: Trial) -> Question:
    conditions = saved.conditions
    if body.conditions is not None:
        conditions = body.conditions.model_dump(exclude_defaults=True)
    return Question(
        saved.kinds if body.kinds is None else body.kinds,
        saved.subjects if body.subjects is None else body.subjects or None,
        conditions,
        body.days,
    )


def _told(found: Simulation) -> Simulated:
    return Simulated(
        since=found.since,
        until=found.until,
        is_whole=found.is_whole,
        events=found.events,
        stays=found.stays,
        would_send=found.would_send,
        left_out={str(outcome): count for outcome, count in sorted(found.left_out.items())},
        assumes_roles=found.assumes_roles,
        first=[_would_send(each) for each in found.first],
    )


def _would_send(ruling: Ruling) -> WouldSend:
    event = ruling.event
    return WouldSend(
        event_id=event.id,
        kind=event.kind,
        subject=event.subject,
        happened_at=event.at,
        sent_at=ruling.at,
    )
