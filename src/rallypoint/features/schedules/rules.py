"""What a guild may set, and how a config is read from words. Pure."""

from __future__ import annotations

import difflib
import json
import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field

from rallypoint.kernel.errors import Refused
from rallypoint.kernel.jobs.recurrence import check_zone
from rallypoint.kernel.words import Words

_WORD = re.compile(r"""([^\s=]+)=("[^"]*"|\S*)""")


def _zone(name: str) -> str:
    try:
        check_zone(name)
    except Refused as refused:
        nearest = refused.facts["nearest"]
        raise ValueError(
            Words("there is no such time zone; the nearest is {nearest}", nearest=nearest)
        ) from None
    return name


class ScheduleSettings(BaseModel):
    """A guild's, by `/schedule zone` or `rallypoint settings`."""

    zone: Annotated[str, AfterValidator(_zone)] = Field(
        default="UTC",
        description="The time zone in which times of the day are meant",
        json_schema_extra={"pick": "zone"},
    )


def config_of(text: str, model: type[BaseModel] | None) -> dict[str, Any]:
    """Of `key=value` words; a value with spaces stands in double quotes, one that is JSON is taken as that.

    Raise Refused for what is none, or for a key that *model* has not.
    """
    fields = [] if model is None else list(model.model_fields)
    if _WORD.sub("", text).strip(" ,"):
        raise Refused("config_not_words", given=text[:100], example=f"{(fields or ['key'])[0]}=…")
    config: dict[str, Any] = {}
    for key, value in _WORD.findall(text):
        if key not in fields:
            nearest = difflib.get_close_matches(key, fields, n=1, cutoff=0.0)
            why = (
                Words("there is no such setting, the nearest is {nearest}", nearest=nearest[0])
                if nearest
                else Words("this task takes no config")
            )
            raise Refused("config_invalid", field=key[:60], why=why)
        config[key] = _value(value.rstrip(","))
    return config


def _value(text: str) -> Any:
    if text.startswith('"'):
        return text[1:-1]
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
