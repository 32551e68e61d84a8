"""Durations as people write them ("90", "10 s", "1h 30m") and read them ("1 h 30 min")."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer

from .words import Words

_UNITS = {"d": 86400, "h": 3600, "m": 60, "min": 60, "s": 1, "sec": 1}
_PART = re.compile(r"\s*(\d+)\s*(d|h|min|m|sec|s)\s*", re.IGNORECASE)


def parse(value: object) -> object:
    """Seconds as a number or digits, or parts with units; anything else is left for pydantic to refuse."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _lasting(value)
    if not isinstance(value, str):
        return value
    text = value.strip()
    if text.isascii() and text.isdigit() and len(text) <= 12:
        return _lasting(int(text))
    seconds, position = 0, 0
    while position < len(text) and (part := _PART.match(text, position)):
        seconds += int(part[1][:12]) * _UNITS[part[2].lower()]
        position = part.end()
    if not text or position < len(text):
        raise ValueError(Words("it is not a duration; write it like `90`, `10s`, `5m` or `1h 30m`"))
    return _lasting(seconds)


def _lasting(seconds: float) -> timedelta:
    try:
        return timedelta(seconds=seconds)
    except (OverflowError, ValueError):  # beyond a million years; or NaN
        raise ValueError(Words("it is beyond the calendar")) from None


def words(duration: timedelta) -> str:
    left, parts = int(duration.total_seconds()), []
    for name, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts) or "0 s"


Duration = Annotated[
    timedelta,
    BeforeValidator(parse),
    PlainSerializer(lambda value: value.total_seconds(), return_type=float, when_used="json"),
]
"""A setting's type: read by `parse`, stored as seconds."""
