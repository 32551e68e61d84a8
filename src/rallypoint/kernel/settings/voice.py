"""Keys of personal voice sessions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode

from rallypoint.kernel.durations import Duration
from rallypoint.kernel.words import Words

from .types import Accepts


def lanes_of(value: object) -> object:
    """ "gpu:1, cpu:4" → capacities by name; a name alone has room for one."""
    if not isinstance(value, str):
        return value
    lanes: dict[str, str] = {}
    for part in re.split(r"[\s,]+", value.strip(" ,")):
        name, _, capacity = part.partition(":")
        if name in lanes:
            raise ValueError(Words("the lane {lane} is named twice", lane=name))
        lanes[name] = capacity or "1"
    return lanes


LaneName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
Lanes = Mapping[LaneName, Annotated[int, Field(ge=1, le=1000)]]


class VoiceSettings(BaseSettings):
    sessions_enabled: Annotated[
        bool,
        Accepts("true or false"),
        Field(description="Whether members may have personal voice sessions."),
    ] = True
    sessions_join_timeout: Annotated[
        Duration,
        Accepts("a duration from 5s to 1h, such as 60s"),
        Field(
            ge=timedelta(seconds=5),
            le=timedelta(hours=1),
            description="How long a member has to come into their session's room.",
        ),
    ] = timedelta(seconds=60)
    sessions_lanes: Annotated[
        Lanes,
        NoDecode,
        BeforeValidator(lanes_of),
        Accepts("names with how many sessions each has room for, such as gpu:1,cpu:4"),
        Field(min_length=1, description="The lanes of personal sessions; the first is the usual."),
    ] = {"default": 1}
    sessions_on_restart: Annotated[
        Literal["settle", "end"],
        Accepts("settle (each goes on by its own deadline) or end"),
        Field(description="What becomes of the sessions that are open at a start."),
    ] = "settle"
    sessions_voice: Annotated[
        Literal["presence", "audio"],
        Accepts("presence (the bot is in the room) or audio (and has sound)"),
        Field(description="How the bot is in a session's room."),
    ] = "presence"
    sessions_audio_hook: Annotated[
        str | None,
        Accepts("package.module:function"),
        Field(
            pattern=r"^[\w.]+:\w+$",
            description="What is called with discord.py's voice client, with sessions_voice=audio.",
        ),
    ] = None
