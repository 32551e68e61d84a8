"""What is asked of people."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from fakecord.control.operation import Ask

LONGEST_WAIT = 60.0


class InGuild(Ask):
    guild_id: str | None = Field(
        default=None, description="Needed where they are in several guilds"
    )


class Seat(InGuild):
    channel: str = Field(description="Name or id")


class Switch(InGuild):
    on: bool = True


class Doing(InGuild):
    channel: str | None = Field(
        default=None, description="Name or id; else the first text channel they see"
    )
    wait: float = Field(
        default=3.0, ge=0, le=LONGEST_WAIT, description="Seconds to wait for the answer"
    )


class Run(Doing):
    command: str = Field(description='"/room public", or "/room public name:x"')
    options: dict[str, Any] = Field(default_factory=dict)


class Complete(Doing):
    command: str
    option: str
    text: str = ""
    options: dict[str, Any] = Field(default_factory=dict)


class Click(Doing):
    button: str = Field(description="Label or custom_id")
    message: str | None = Field(
        default=None, description="Its id; else the newest that has the button"
    )


class Pick(Doing):
    values: list[str]
    of: str | None = Field(default=None, description="custom_id or placeholder of the select")
    message: str | None = None


class Submit(InGuild):
    interaction_id: str = Field(
        description="Of the command or click that was answered with the modal"
    )
    fields: dict[str, Any] = Field(default={}, description="By label or custom_id")
    wait: float = Field(default=3.0, ge=0, le=LONGEST_WAIT)


class Type(InGuild):
    text: str = Field(min_length=1, max_length=2000)
    channel: str | None = None
