"""Conditions as they are asked for one by one, in a command's options or a form's fields. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from rallypoint.ui.web.languages import N_


class Flat(BaseModel):
    """None, or empty: nothing is said of it. Whether what is said is any good is asked by `check`."""

    at_least: int | None = Field(
        default=None, title=N_("So many in the channel"), description=N_("At least; 2 to 99")
    )
    for_seconds: int | None = Field(
        default=None, title=N_("For so many seconds"), description=N_("Without a break")
    )
    first_joiner: bool = Field(
        default=False,
        title=N_("Only the first"),
        description=N_("Only who comes into an empty channel"),
    )
    members: str | None = Field(
        default=None,
        title=N_("Whom it is about"),
        json_schema_extra={"pick": "members"},
        description=N_("And who counts in the channel"),
    )
    roles: list[str] = Field(
        default=[],
        title=N_("With a role"),
        json_schema_extra={"pick": "roles"},
        description=N_("Whom it is about has one of these; none: any"),
    )
    quiet: str | None = Field(
        default=None,
        title=N_("Quiet hours"),
        max_length=20,
        description=N_("Nothing between these times, such as 22:00-07:00"),
    )
    zone: str | None = Field(
        default=None,
        title=N_("Time zone"),
        json_schema_extra={"pick": "zone"},
        description=N_("Whose clock that is"),
    )
    near_start: int | None = Field(
        default=None,
        title=N_("Near a game's start"),
        description=N_("At most so many minutes before or after"),
    )
    most_per_hour: int | None = Field(
        default=None, title=N_("Most an hour"), description=N_("What is beyond that is not sent")
    )

    def conditions(self) -> dict[str, Any]:
        """As `check` takes them."""
        asked = _given(
            occupancy=_given(at_least=self.at_least, for_seconds=self.for_seconds),
            first_joiner=self.first_joiner or None,
            members=self.members,
            roles=self.roles or None,
            quiet_hours=_hours(self.quiet, self.zone),
            game_start=_given(within_minutes=self.near_start),
            most_per_hour=self.most_per_hour,
        )
        return asked or {}


def flat(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Of conditions that are kept, by field."""
    occupancy, start = asked.get("occupancy") or {}, asked.get("game_start") or {}
    quiet = asked.get("quiet_hours")
    hours = {"quiet": f"{quiet['start']}-{quiet['end']}", "zone": quiet["zone"]} if quiet else {}
    alike = ("first_joiner", "members", "roles", "most_per_hour")
    kept = {name: asked[name] for name in alike if name in asked}
    return {**occupancy, **kept, **hours} | (
        {"near_start": start["within_minutes"]} if start else {}
    )


FIELDS: Mapping[str, str] = {
    "condition_occupancy": "at_least",
    "condition_quiet_hours": "quiet",
    "condition_game_start": "near_start",
    "conditions_clash": "first_joiner",
}


def field_of(code: str) -> str:
    """Which one a refusal is about."""
    return FIELDS.get(code, code.removeprefix("condition_"))


def _given(**said: Any) -> dict[str, Any] | None:
    """What was said; None: nothing."""
    return {name: value for name, value in said.items() if value is not None} or None


def _hours(quiet: str | None, zone: str | None) -> Mapping[str, Any] | None:
    if quiet is None:
        return _given(zone=zone)
    start, _, end = quiet.replace("–", "-").partition("-")
    return {"start": start.strip(), "end": end.strip(), "zone": zone or "UTC"}
