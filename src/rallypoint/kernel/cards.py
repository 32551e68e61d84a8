"""What is said to people with more than a line of text: a value, which `ui/discord` turns into Discord's components."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

LONGEST_ID = 100
"""Discord's bound on the id of a control, in characters."""

_ID = re.compile(r"(?P<name>[a-z_]+\.[a-z_]+):(?P<version>\d{1,3}):(?P<subject>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ControlId:
    """Stands in messages for years: what pressing means is found by it alone, also after a restart."""

    name: str
    """`feature.verb`, a contract once released."""
    subject: str = ""
    """What it is about, in the feature's own writing."""
    version: int = 1
    """Of that writing."""

    def __str__(self) -> str:
        written = f"{self.name}:{self.version}:{self.subject}"
        if len(written) > LONGEST_ID or not _ID.fullmatch(written):
            raise ValueError(f"{written!r} is no id of a control")
        return written

    @classmethod
    def read(cls, written: str) -> ControlId | None:
        """None: it is none of ours."""
        found = _ID.fullmatch(written)
        return cls(found["name"], found["subject"], int(found["version"])) if found else None


class Look(StrEnum):
    PLAIN = "secondary"
    PRIMARY = "primary"
    GOOD = "success"
    DANGER = "danger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    id: ControlId
    label: str
    look: Look = Look.PLAIN
    emoji: str = ""
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str


class Of(StrEnum):
    MEMBERS = "members"
    ROLES = "roles"


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    id: ControlId
    of: Of
    hint: str
    least: int = 1
    most: int = 1


Row = tuple[Button | Link, ...] | Select
"""Up to five buttons, or one select."""


@dataclass(frozen=True, slots=True)
class Card:
    title: str
    lines: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    accent: int | None = None
    """0xRRGGBB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A line somebody fills in."""

    name: str
    label: str
    hint: str = ""
    value: str = ""
    longest: int = 100
    required: bool = True


@dataclass(frozen=True, slots=True)
class Form:
    """Is answered as if the control *id* had been pressed, with `Press.fields`."""

    id: ControlId
    title: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Press:
    """Somebody has used a control."""

    subject: str
    picked: tuple[int, ...] = ()
    """The ids of whom or what they picked."""
    fields: dict[str, str] | None = None
    """Name → what they filled in; None: it was no form."""
