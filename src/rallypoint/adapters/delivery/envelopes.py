"""What other programs send us, read without trust. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

VERSION = 1
MOST = 65_536
LONGEST_WORD = 100


class Rejected(Exception):
    """The message is a code for why."""


@dataclass(frozen=True, slots=True)
class Envelope:
    event_type: str
    timestamp: datetime
    data: Mapping[str, Any]
    trace_id: str | None = None


def read(body: bytes) -> Envelope:
    """Raise Rejected for whatever is not exactly an envelope of our version."""
    if len(body) > MOST:
        raise Rejected("too_large")
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        # Not JSON, or nested a thousand deep.
        raise Rejected("not_json") from None
    if not isinstance(said, dict):
        raise Rejected("not_an_object")
    if said.get("version") != VERSION or isinstance(said["version"], bool):
        raise Rejected("version")
    if unknown := said.keys() - {"version", "event_type", "timestamp", "data", "trace_id"}:
        raise Rejected(f"unknown_key:{min(unknown)[:LONGEST_WORD]}")
    data, trace = said.get("data"), said.get("trace_id")
    if not isinstance(data, dict):
        raise Rejected("data")
    return Envelope(
        _word("event_type", said.get("event_type")),
        _moment(said.get("timestamp")),
        data,
        None if trace is None else _word("trace_id", trace),
    )


def _word(key: str, value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_WORD or not value.isprintable():
        raise Rejected(key)
    return value


def _moment(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Rejected("timestamp") from None
    if moment.tzinfo is None:
        raise Rejected("timestamp")
    return moment
