"""A schedule as a form: what is typed, and what that means."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from rallypoint.kernel.errors import Refused
from rallypoint.kernel.jobs import Cron, Interval, Job, Misfire, Once, Recurrence, Schedule, spoken
from rallypoint.kernel.jobs.bounds import (
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    LONGEST_TIMEOUT,
    MOST_ATTEMPTS,
)
from rallypoint.kernel.jobs.rows import recurrence_of
from rallypoint.kernel.jobs.schedules import KEEP, Changes, Keep, Wanted
from rallypoint.ui.web.languages import N_

CONFIG = "with."
"""Before the names of what the task itself is told."""
_FIELDS = {
    "schedule_name_invalid": "name",
    "schedule_description_long": "description",
    "when_not_understood": "when",
    "interval_too_short": "when",
    "interval_too_long": "when",
    "cron_invalid": "when",
    "cron_never": "when",
    "once_passed": "when",
    "moment_out_of_range": "when",
    "zone_unknown": "zone",
    "attempts_out_of_range": "attempts",
    "timeout_out_of_range": "timeout_seconds",
}


class Asked(BaseModel):
    """Lengths are only told: the use case refuses what does not fit, in words."""

    name: str = Field(default="", title=N_("Name"), json_schema_extra={"maxLength": LONGEST_NAME})
    description: str = Field(
        default="",
        title=N_("Description"),
        json_schema_extra={"maxLength": LONGEST_DESCRIPTION},
    )
    when: str = Field(
        default="",
        title=N_("When"),
        description=N_(
            "Such as: every 6 h, every day at 20:00, Mon, Thu at 20:00, 2030-12-01 20:00, "
            "or five fields of cron"
        ),
    )
    zone: str = Field(
        default="UTC",
        title=N_("Time zone"),
        description=N_("In which a time of the day is meant"),
        json_schema_extra={"pick": "zone"},
    )
    misfire: Misfire = Field(
        default=Misfire.ONCE,
        title=N_("Missed turns"),
        description=N_("What becomes of those that came while the program was down"),
        json_schema_extra={"pick": "misfire"},
    )
    attempts: int | None = Field(
        default=None,
        ge=1,
        le=MOST_ATTEMPTS,
        title=N_("Attempts"),
        description=N_("How often it is tried, should it fail; left empty, as the task has it"),
    )
    timeout_seconds: int | None = Field(
        default=None,
        ge=1,
        le=int(LONGEST_TIMEOUT.total_seconds()),
        title=N_("Time limit"),
        description=N_("In seconds; left empty, as the task has it"),
    )

    def recurrence(self) -> Recurrence:
        """Raise Refused for what is not understood."""
        return spoken.understood(self.when, self.zone)

    def timeout(self) -> timedelta | None:
        return None if self.timeout_seconds is None else timedelta(seconds=self.timeout_seconds)

    def wanted(self, kind: str, config: Mapping[str, Any]) -> Wanted:
        return Wanted(
            name=self.name,
            kind=kind,
            recurrence=self.recurrence(),
            description=self.description,
            config=config,
            misfire=self.misfire,
            attempts=self.attempts,
            timeout=self.timeout(),
        )

    def changes(
        self, row: Schedule, job: Job | None, config: Mapping[str, Any], zone: str
    ) -> Changes:
        """Only what is another than in *row*: of a built-in one the rest goes on to follow the program."""
        shown = asked_of(row, zone)

        def new(name: str, value: Any) -> Any | Keep:
            return KEEP if getattr(self, name) == getattr(shown, name) else value

        same = (self.when, self.zone) == (shown.when, shown.zone)
        return Changes(
            name=KEEP if row.builtin is not None else new("name", self.name),
            description=new("description", self.description),
            recurrence=KEEP if same else self.recurrence(),
            config=KEEP if config == _whole(row.config, job) else config,
            misfire=new("misfire", self.misfire),
            attempts=new("attempts", self.attempts),
            timeout=new("timeout_seconds", self.timeout()),
        )


def asked_of(row: Schedule, zone: str) -> Asked:
    """As it stands in the form. *zone*: the usual one there."""
    (when, zone), seconds = _typed(row, zone), row.timeout_seconds
    return Asked.model_construct(
        name=row.name,
        description=row.description,
        when=when,
        zone=zone,
        misfire=Misfire(row.misfire),
        attempts=row.attempts,
        timeout_seconds=seconds if seconds is None else round(seconds),
    )


def _whole(config: Mapping[str, Any], job: Job | None) -> Mapping[str, Any]:
    """With what is not said in it."""
    if job is None or job.config is None:
        return config
    return job.config.model_construct(**config).model_dump(mode="json")


def field_of(refused: Refused) -> str:
    """The one it is about."""
    if refused.code == "config_invalid":
        return f"{CONFIG}{refused.facts['field']}"
    if refused.code in ("characters_invalid", "field_required"):
        return str(refused.facts["field"])
    return _FIELDS.get(refused.code, "")


def offered(kinds: Mapping[str, Job], *, of_guild: bool) -> Mapping[str, Job]:
    """What there is to schedule, in the order of its words; nothing that must be told of whom."""
    may = {
        kind: job
        for kind, job in kinds.items()
        if (job.custom or (job.words and not of_guild)) and not _needs(job)
    }
    return dict(sorted(may.items(), key=lambda each: each[1].words))


def _needs(job: Job) -> bool:
    fields = job.config.model_fields.values() if job.config else ()
    return any(each.is_required() for each in fields)


def _typed(row: Schedule, zone: str) -> tuple[str, str]:
    """What could have been typed for it, and in which zone."""
    try:
        recurrence = recurrence_of(row)
    except Refused:
        return "", zone
    match recurrence:
        case Interval():
            return str(spoken.in_words(recurrence)), zone
        case Once(at):
            return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}", zone
        case Cron(expression, its_zone):
            said = str(spoken.in_words(recurrence)).removesuffix(f", {its_zone}")
            return said if _means(said, recurrence) else expression, its_zone


def _means(said: str, recurrence: Cron) -> bool:
    try:
        return spoken.understood(said, recurrence.zone) == recurrence
    except Refused:
        return False
