"""What a person is asked for."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from rallypoint.features.conditions.api import MOST_DAYS, Flat, field_of_condition, flat
from rallypoint.features.subscriptions.model import Subscription
from rallypoint.features.subscriptions.rules.matching import MOST_KINDS, MOST_SUBJECTS
from rallypoint.kernel.errors import Refused
from rallypoint.ui.web.languages import N_

WHEN = frozenset(Flat.model_fields)
"""Those of the fields that are about conditions."""


class Asked(Flat):
    destination_id: str = Field(
        default="",
        title=N_("Where to"),
        pattern=r"^[0-9]{0,18}$",
        json_schema_extra={"pick": "destinations"},
        description=N_("One of the destinations"),
    )
    kinds: list[str] = Field(
        default=[],
        title=N_("Events"),
        max_length=MOST_KINDS,
        json_schema_extra={"pick": "kinds"},
        description=N_("What is to be told"),
    )
    subjects: list[str] = Field(
        default=[],
        title=N_("Only of"),
        max_length=MOST_SUBJECTS,
        json_schema_extra={"pick": "subjects"},
        description=N_("These channels; none: of the whole server"),
    )
    days: int = Field(default=7, ge=1, le=MOST_DAYS, title=N_("Days"))


def shown(row: Subscription) -> dict[str, Any]:
    """By field, as it is kept."""
    where = {"destination_id": str(row.destination_id), "subjects": row.subjects or []}
    return {**where, "kinds": row.kinds, **flat(row.conditions)}


def field_of(refused: Refused) -> str:
    """Which one is to blame."""
    if refused.code == "destination_unknown":
        return "destination_id"
    if refused.code.startswith("event_") or refused.code == "condition_needs_joined":
        return "subjects" if "subject" in refused.code else "kinds"
    return field_of_condition(refused.code)
