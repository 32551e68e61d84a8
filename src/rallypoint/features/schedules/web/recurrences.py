"""How a recurrence is written in JSON."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Literal, assert_never

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from rallypoint.kernel.errors import Refused
from rallypoint.kernel.jobs import Cron, Interval, Once, Recurrence, Schedule
from rallypoint.kernel.jobs.recurrence import LONGEST, LONGEST_EXPRESSION, SHORTEST
from rallypoint.kernel.jobs.rows import recurrence_of

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def _moment(value: object) -> object:
    """With its zone, as text alone: a number would be taken for seconds, or for milliseconds."""
    if not isinstance(value, datetime) and not (
        isinstance(value, str) and _RFC3339.fullmatch(value)
    ):
        raise ValueError("write a moment with its zone, such as 2030-01-31T20:00:00Z")
    return value


Moment = Annotated[datetime, BeforeValidator(_moment), Field(strict=False)]


class Strict(BaseModel):
    """What is sent to us: no field we do not know, and no text where a number belongs."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class EverySoOften(Strict):
    type: Literal["interval"]
    seconds: float = Field(
        ge=SHORTEST.total_seconds(),
        le=LONGEST.total_seconds(),
        allow_inf_nan=False,
        examples=[3600],
    )

    def value(self) -> Recurrence:
        return Interval.of_seconds(self.seconds)


class ByCron(Strict):
    type: Literal["cron"]
    expression: str = Field(
        max_length=LONGEST_EXPRESSION,
        description="The five fields of cron",
        examples=["0 20 * * MON"],
    )
    zone: str = Field(
        default="UTC",
        max_length=60,
        description="A zone of the IANA time zone database",
        examples=["Europe/Berlin"],
    )

    def value(self) -> Recurrence:
        return Cron(self.expression, self.zone)


class JustOnce(Strict):
    type: Literal["once"]
    at: Moment = Field(examples=["2030-01-31T20:00:00Z"])

    def value(self) -> Recurrence:
        try:
            return Once(self.at.astimezone(UTC))
        except OverflowError:
            raise Refused("once_passed") from None


When = Annotated[EverySoOften | ByCron | JustOnce, Field(discriminator="type")]


class ShownInterval(BaseModel):
    type: Literal["interval"] = "interval"
    seconds: float


class ShownCron(BaseModel):
    type: Literal["cron"] = "cron"
    expression: str
    zone: str


class ShownOnce(BaseModel):
    type: Literal["once"] = "once"
    at: datetime


class ShownUnsupported(BaseModel):
    """A newer version wrote it; this one cannot read it."""

    type: Literal["unsupported"] = "unsupported"
    how: str


Shown = Annotated[
    ShownInterval | ShownCron | ShownOnce | ShownUnsupported, Field(discriminator="type")
]
"""Apart from what is taken: a rule of today may not fit what is there already."""


def shown(row: Schedule) -> Shown:
    try:
        recurrence = recurrence_of(row)
    except Refused:
        return ShownUnsupported(how=row.how)
    match recurrence:
        case Interval(every):
            return ShownInterval(seconds=every.total_seconds())
        case Cron(expression, zone):
            return ShownCron(expression=expression, zone=zone)
        case Once(at):
            return ShownOnce(at=at.astimezone(UTC))
        case never:
            assert_never(never)
