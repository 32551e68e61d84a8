"""What is asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from rallypoint.kernel.errors import Refused
from rallypoint.kernel.jobs import Misfire
from rallypoint.kernel.jobs.bounds import (
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    LONGEST_TIMEOUT,
    MOST_ATTEMPTS,
)
from rallypoint.kernel.jobs.schedules import KEEP, Changes, Keep, Wanted

from .recurrences import JustOnce, Strict, When

LONGEST_KIND = 100
Misfires = Annotated[
    Literal["once", "skip"], Field(description="What becomes of missed turns: `once` or `skip`")
]


def _whole(value: object) -> object:
    """JSON does not tell 8.0 from 8."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class _Task(Strict):
    attempts: Annotated[int | None, BeforeValidator(_whole)] = Field(
        default=None, ge=1, le=MOST_ATTEMPTS, description="`null`: as the task type says"
    )
    timeout_seconds: float | None = Field(
        default=None,
        ge=1,
        le=LONGEST_TIMEOUT.total_seconds(),
        allow_inf_nan=False,
        description="`null`: as the task type says",
    )

    def timeout(self) -> timedelta | None:
        seconds = self.timeout_seconds
        return None if seconds is None else timedelta(seconds=seconds)


_UNSHOWN = r"\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069"
"""What cannot be shown, or turns text around. Only told here: `kernel.jobs.bounds` refuses it, in words."""
NAME = rf"^[^{_UNSHOWN}]*[^\s{_UNSHOWN}][^{_UNSHOWN}]*$"
TEXT = rf"^([^{_UNSHOWN}]|\n)*$"


class NewTask(_Task):
    name: str = Field(
        json_schema_extra={"pattern": NAME}, max_length=LONGEST_NAME, examples=["tidy up"]
    )
    description: str = Field(
        "", json_schema_extra={"pattern": TEXT}, max_length=LONGEST_DESCRIPTION
    )
    task_type: str = Field(
        max_length=LONGEST_KIND,
        description="One of `GET /api/v1/scheduled-tasks/types`",
        examples=["rooms.reconcile"],
    )
    schedule: When
    task_config: dict[str, Any] = Field(default={}, description="As the task type's schema says")
    misfire: Misfires = "once"
    is_active: bool = True

    def wanted(self) -> Wanted:
        return Wanted(
            name=self.name,
            kind=self.task_type,
            recurrence=self.schedule.value(),
            description=self.description,
            config=self.task_config,
            misfire=Misfire(self.misfire),
            attempts=self.attempts,
            timeout=self.timeout(),
        )


_UNSAID = JustOnce(type="once", at=datetime.max.replace(tzinfo=UTC))


def _without_defaults(schema: dict[str, Any]) -> None:
    """Of a change: what is left out is not what a default would say."""
    for field in schema["properties"].values():
        field.pop("default", None)


class TaskChanges(_Task):
    """What is left out stays; `null` takes back what was set. The task type cannot be changed."""

    model_config = ConfigDict(json_schema_extra=_without_defaults)

    name: str = Field(default="", json_schema_extra={"pattern": NAME}, max_length=LONGEST_NAME)
    description: str | None = Field(
        default=None, json_schema_extra={"pattern": TEXT}, max_length=LONGEST_DESCRIPTION
    )
    schedule: When = _UNSAID
    task_config: dict[str, Any] | None = None
    misfire: Misfires = "once"
    is_active: bool = Field(
        default=True, description="`false`: pause; `true`: resume", examples=[False]
    )

    @model_validator(mode="before")
    @classmethod
    def _keeps_its_type(cls, given: Any) -> Any:
        if isinstance(given, dict) and "task_type" in given:
            raise Refused("schedule_kind_stays")
        return given

    def changes(self) -> Changes:
        given = self.model_fields_set

        def one(name: str, value: Any) -> Any | Keep:
            return value if name in given else KEEP

        return Changes(
            name=one("name", self.name),
            description=one("description", self.description),
            recurrence=self.schedule.value() if "schedule" in given else KEEP,
            config=one("task_config", self.task_config),
            misfire=one("misfire", Misfire(self.misfire)),
            attempts=one("attempts", self.attempts),
            timeout=one("timeout_seconds", self.timeout()),
        )

    @property
    def asks_for_more(self) -> bool:
        """Than to be paused or resumed."""
        return bool(self.model_fields_set - {"is_active"})

    @property
    def activity(self) -> bool | None:
        """None: nothing is said about it."""
        return self.is_active if "is_active" in self.model_fields_set else None
