"""A row of another program's `voice_sessions` table: ids as numbers or text, times as ISO 8601 (UTC unless they say
otherwise) or seconds since 1970."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rallypoint.kernel.errors import Refused

COLUMNS = ("id", "user_id", "guild_id", "channel_id", "created_at", "ended_at")
LARGEST_ID = 1 << 63


@dataclass(frozen=True, slots=True)
class Old:
    id: int
    user_id: int
    guild_id: int
    channel_id: int
    created_at: datetime
    ended_at: datetime | None

    @property
    def source(self) -> str:
        """The same each time it is read."""
        return f"voice_sessions:{self.channel_id}:{self.id}"


def read(row: Mapping[str, Any]) -> Old:
    """Raise Refused, naming the row and the column that cannot be."""
    created_at = _moment(row, "created_at")
    ended_at = None if row["ended_at"] is None else _moment(row, "ended_at")
    if ended_at is not None and ended_at < created_at:
        raise _refusal(row, "ended_at")
    ids = {name: _id(row, name) for name in COLUMNS[:4]}
    return Old(**ids, created_at=created_at, ended_at=ended_at)


def _id(row: Mapping[str, Any], column: str) -> int:
    text = str(row[column])
    if not (text.isascii() and text.isdecimal() and 0 < int(text) < LARGEST_ID):
        raise _refusal(row, column)
    return int(text)


def _moment(row: Mapping[str, Any], column: str) -> datetime:
    value = row[column]
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC)
        moment = datetime.fromisoformat(str(value))
    except (ValueError, OverflowError, OSError):
        raise _refusal(row, column) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _refusal(row: Mapping[str, Any], column: str) -> Refused:
    return Refused("import_row", row=row["id"], column=column, value=repr(row[column])[:60])
