"""The shape of a tracker file, and what is wrong with one. Pure.

`{"voice_channels": {"<channel id>": {channel_id, guild_id, name, type, created_at, last_checked, empty_since,
creator_id, text_channel_id}}}`; ids are text or numbers, times ISO 8601 (without a zone: UTC).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from rallypoint.kernel import misfits
from rallypoint.kernel.errors import Refused


def _id(value: object) -> object:
    if isinstance(value, str) and value.isdecimal() and value.isascii():
        return int(value)
    return value


def _aware(value: datetime) -> datetime:
    return value if value.tzinfo else value.replace(tzinfo=UTC)


Id = Annotated[int, BeforeValidator(_id), Field(strict=True, ge=1, lt=1 << 63)]
Moment = Annotated[datetime, AfterValidator(_aware)]


class Tracked(BaseModel):
    """One channel. What it has beside these fields is none of ours."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    channel_id: Id
    guild_id: Id
    name: str = Field(min_length=1, max_length=100)
    type: Literal["public", "private"]
    created_at: Moment
    last_checked: Moment | None = None
    empty_since: Moment | None = None
    creator_id: Id
    text_channel_id: Id | None = None


class Tracker(BaseModel):
    model_config = ConfigDict(extra="forbid")

    voice_channels: dict[str, Tracked]


def read(text: str) -> Mapping[int, Tracked]:
    """By channel. Raise Refused with where the file is broken: it is taken as a whole or not at all."""
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise Refused(
            "tracker_corrupt", line=error.lineno, column=error.colno, reason=error.msg
        ) from None
    except RecursionError:
        raise Refused("tracker_wrong", where="the file", reason="nested too deeply") from None
    try:
        tracker = Tracker.model_validate(data)
    except ValidationError as error:
        where, why = misfits.first(error)
        raise Refused("tracker_wrong", where=where or "the file", reason=why) from None
    for key, tracked in tracker.voice_channels.items():
        if key != str(tracked.channel_id):
            reason = f"it is about the channel {tracked.channel_id}"
            raise Refused("tracker_wrong", where=f"voice_channels.{key}", reason=reason)
    return {tracked.channel_id: tracked for tracked in tracker.voice_channels.values()}


def write(tracked: Mapping[int, Tracked]) -> str:
    shown = {
        str(channel_id): each.model_dump(mode="json")
        | {
            name: str(value) if (value := getattr(each, name)) is not None else None
            for name in ("channel_id", "guild_id", "creator_id", "text_channel_id")
        }
        for channel_id, each in tracked.items()
    }
    return json.dumps({"voice_channels": shown}, ensure_ascii=False, indent=2) + "\n"
