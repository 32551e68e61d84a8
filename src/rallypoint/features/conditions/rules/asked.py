"""What one may ask for, and how a wrong wish is refused."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import orjson
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    ValidationError,
    model_validator,
)

from rallypoint.kernel.errors import Refused
from rallypoint.kernel.jobs.recurrence import zones

JOINED = "presence.joined"
LONGEST_HELD = 6 * 60 * 60
LONGEST_NAME = 40
WALL = "^([01][0-9]|2[0-3]):[0-5][0-9]$"


def _existing(zone: str) -> str:
    if zone not in zones():
        raise ValueError("no zone of the IANA time zone database")
    return zone


def _whole(value: object) -> object:
    """JSON does not tell 8.0 from 8."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[StrictInt, BeforeValidator(_whole)]
Zone = Annotated[
    str, Field(min_length=1, max_length=64, examples=["Europe/Berlin"]), AfterValidator(_existing)
]
Wall = Annotated[str, Field(pattern=WALL, examples=["22:00"])]
RoleId = Annotated[str, Field(pattern="^[1-9][0-9]{0,18}$", examples=["80351110224678912"])]
Members = Literal["people", "bots", "everybody"]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Occupancy(_Asked):
    """Sent is the join that brought so many together, once they have been together for so long."""

    at_least: Whole = Field(ge=2, le=99, description="Members in the channel")
    for_seconds: Whole = Field(
        default=0, ge=0, le=LONGEST_HELD, description="Together so long, without a break"
    )

    @property
    def lasting(self) -> timedelta:
        return timedelta(seconds=self.for_seconds)


class QuietHours(_Asked):
    """By the clock on the wall there; over midnight if `end` is before `start`."""

    start: Wall = Field(description="From then on nothing is sent")
    end: Wall = Field(description="From then on it is again")
    zone: Zone = Field(description="Whose clock it is")

    @model_validator(mode="after")
    def _last(self) -> QuietHours:
        if self.start == self.end:
            raise ValueError("start and end are the same")
        return self

    def are_at(self, moment: datetime) -> bool:
        wall = moment.astimezone(ZoneInfo(self.zone)).time()
        start, end = time.fromisoformat(self.start), time.fromisoformat(self.end)
        if start < end:
            return start <= wall < end
        return wall >= start or wall < end


class GameStart(_Asked):
    """The event itself says when, or an event of a game of the server said so before."""

    within_minutes: Whole = Field(ge=1, le=1440, description="Before the game begins, or after")

    @property
    def within(self) -> timedelta:
        return timedelta(minutes=self.within_minutes)


class Conditions(_Asked):
    """All of them must hold."""

    occupancy: Occupancy | None = None
    first_joiner: bool = Field(default=False, description="Only who comes into an empty channel")
    quiet_hours: QuietHours | None = None
    most_per_hour: Annotated[int | None, BeforeValidator(_whole)] = Field(
        default=None, ge=1, le=1000, description="What is beyond that is not sent, also not later"
    )
    roles: list[RoleId] | None = Field(
        default=None,
        min_length=1,
        max_length=20,
        description="Whom the event is about has one of them when it is about to be sent",
    )
    members: Members | None = Field(
        default=None,
        description="Whom it is about, and who counts for `occupancy` and `first_joiner`: people, "
        "unless said otherwise",
    )
    game_start: GameStart | None = None

    @model_validator(mode="after")
    def _go_together(self) -> Conditions:
        if self.occupancy and self.first_joiner:
            raise ValueError("occupancy and first_joiner do not go together")
        return self

    @property
    def gathering(self) -> Occupancy | None:
        """Who comes first is one that makes it at least one."""
        if self.first_joiner:
            return FIRST
        return self.occupancy

    @property
    def counted(self) -> Members:
        return self.members or "people"

    @property
    def remembers(self) -> bool:
        """Whether what was before matters."""
        return bool(self.gathering or self.most_per_hour or self.game_start)


FIRST = Occupancy.model_construct(at_least=1, for_seconds=0)
KNOWN = tuple(Conditions.model_fields)


def check(asked: Mapping[str, Any], hears: Callable[[str], bool]) -> Conditions:
    """Raise Refused, with the condition that is wrong; or if one would never be met by what is heard: which kinds."""
    for name in asked:
        if name not in KNOWN:
            raise _unknown(str(name))
    try:
        conditions = Conditions.model_validate(asked)
    except ValidationError as error:
        raise _wrong(error) from error
    if conditions.gathering and not hears(JOINED):
        name = "first_joiner" if conditions.first_joiner else "occupancy"
        raise Refused("condition_needs_joined", condition=name, kind=JOINED)
    return conditions


def read(stored: Mapping[str, Any]) -> Conditions | None:
    """None: this version cannot."""
    return _read(orjson.dumps(stored))


@lru_cache(maxsize=1024)
def _read(text: bytes) -> Conditions | None:
    try:
        return Conditions.model_validate(orjson.loads(text))
    except ValidationError:
        return None


def written(conditions: Conditions) -> dict[str, Any]:
    """As it is stored: what was asked for and nothing else."""
    return conditions.model_dump(mode="json", exclude_defaults=True)


def _unknown(name: str) -> Refused:
    nearest = difflib.get_close_matches(name, KNOWN, n=1, cutoff=0.0)[0]
    return Refused("condition_unknown", name=name[:LONGEST_NAME], nearest=nearest)


def _wrong(error: ValidationError) -> Refused:
    place = error.errors(include_url=False)[0]["loc"]
    return Refused(f"condition_{place[0]}" if place else "conditions_clash")
