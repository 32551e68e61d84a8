"""What is asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
)

from rallypoint.features.deliveries.api import LONGEST_NAME, SHOWN, Kind, Wanted
from rallypoint.features.destinations.service.replaying import Which

Name = Annotated[
    str, Field(min_length=1, max_length=LONGEST_NAME, json_schema_extra={"pattern": SHOWN})
]
"""The pattern is only told: `deliveries` refuses what does not fit, in words."""
Config = Annotated[
    dict[str, Any],
    Field(
        description="`webhook.post`: `url`. `webhook.get`: `url`, a template. `discord`: `channel_id` or `url`,"
        " and `text`. `redis.list` and `redis.stream`: `key`, `most`",
        examples=[{"url": "https://hooks.example/in"}],
    ),
]
Number = Annotated[str, Field(pattern=r"^[0-9]{1,18}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewDestination(_Strict):
    name: Name = Field(examples=["match sheet"])
    kind: Kind = Field(examples=["webhook.post"])
    config: Config

    def wanted(self) -> Wanted:
        return Wanted(self.name, self.kind, self.config)


class DestinationChanges(_Strict):
    """What is left out, or `null`, stays. The kind cannot be changed."""

    name: Name | None = None
    config: Config | None = None
    is_active: StrictBool | None = Field(default=None, description="`false`: pause; `true`: resume")


def _moment(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("write a moment with its zone, such as 2030-01-31T20:00:00Z")
    return value


def _within_bounds(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("it is beyond the calendar") from None


Moment = Annotated[AwareDatetime, BeforeValidator(_moment), AfterValidator(_within_bounds)]


class Replay(_Strict):
    """Which ones: those that all of it fits."""

    ids: list[Number] | None = Field(
        default=None, max_length=1000, description="Of deliveries; `null`: of any"
    )
    since: Moment | None = Field(default=None, description="Those that happened then, or later")
    until: Moment | None = Field(default=None, description="Those that happened before then")
    failed: StrictBool = Field(
        default=False, description="Only what was given up on", examples=[True]
    )

    def which(self) -> Which:
        ids = None if self.ids is None else [int(each) for each in self.ids]
        return Which(ids, self.since, self.until, self.failed)


class TestEvent(_Strict):
    event: str = Field(
        max_length=100,
        description="One of `GET /api/v1/event-kinds`",
        examples=["presence.joined"],
    )
