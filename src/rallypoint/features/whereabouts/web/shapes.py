"""What is told, in JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any

from pydantic import BaseModel, Field

from rallypoint.features.presence.api import Present
from rallypoint.kernel.events import Recorded
from rallypoint.kernel.ids import GuildId


class InVoice(BaseModel):
    user_id: str
    bot: bool
    since: datetime
    estimated: bool = Field(
        description="They came in unseen, at some time before `since`, when we saw them there"
    )


class Channel(BaseModel):
    channel_id: str
    members: list[InVoice] = Field(description="In the order in which they came")


class Voice(BaseModel):
    """Channels that are empty, or that the bearer may not see, are left out."""

    guild_id: str
    known: bool = Field(
        description="`false`: the server has an outage or the bot was away, and this is how it was seen last"
    )
    channels: list[Channel]


def voice(guild_id: GuildId, present: Iterable[Present], *, known: bool) -> Voice:
    channels = [
        Channel(channel_id=str(channel_id), members=[_member(each) for each in there])
        for channel_id, there in groupby(present, key=lambda each: each.channel_id)
    ]
    return Voice(guild_id=str(guild_id), known=known, channels=channels)


def _member(each: Present) -> InVoice:
    return InVoice(
        user_id=str(each.user_id), bot=each.bot, since=each.since, estimated=each.estimated
    )


def event(recorded: Recorded) -> dict[str, Any]:
    """Ids as text, as everywhere in this interface."""
    told = {name: _value(name, value) for name, value in recorded.data.items()}
    told.pop("fleeting", None)
    return {"id": recorded.id, "at": recorded.at.isoformat(), **told}


def _value(name: str, value: Any) -> Any:
    if name.endswith("_ids"):
        return [str(each) for each in value]
    return str(value) if name.endswith("_id") and value is not None else value


def places(data: Mapping[str, Any]) -> list[int]:
    """The channels that an event names."""
    return [data[name] for name in ("channel_id", "from_channel_id") if name in data]
