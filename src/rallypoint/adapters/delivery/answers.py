"""What a receiver's answer means. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from rallypoint.kernel.outlets import Verdict
from rallypoint.kernel.secrecy import SECRECY

LONGEST_WAIT = timedelta(hours=24)
LONGEST_ANSWER = 1024
OVERLOADED = frozenset({429, 502, 504})
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def verdict(status: int) -> Verdict:
    if 200 <= status < 300:
        return Verdict.DELIVERED
    return Verdict.GONE if status == 410 else Verdict.LATER


def reason(status: int) -> str:
    if 200 <= status < 300:
        return ""
    return "redirected" if 300 <= status < 400 else "gone" if status == 410 else "status"


def retry_in(header: str | None, *, now: datetime) -> timedelta | None:
    """Of a `Retry-After`: seconds, also with a fraction, or a date. Never less than nothing, nor more than a day."""
    if header is None:
        return None
    text = header.strip()
    if NUMBER.fullmatch(text):
        seconds = float(text)
    else:
        try:
            at = parsedate_to_datetime(text)
        except (ValueError, OverflowError):
            return None
        seconds = (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds()
    return timedelta(seconds=min(max(seconds, 0.0), LONGEST_WAIT.total_seconds()))


def text(body: bytes) -> str:
    """For the log. Without what no database keeps."""
    words = body[: 4 * LONGEST_ANSWER].decode(errors="replace").replace("\0", "�")
    return SECRECY.hide(words)[:LONGEST_ANSWER]
