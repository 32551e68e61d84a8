"""How an effect on Discord is known again: in the audit log by its reason, among messages by its nonce."""

from __future__ import annotations

import hashlib
from urllib.parse import quote

from discord.http import HTTPClient

from rallypoint.kernel.errors import Unavailable
from rallypoint.kernel.ids import OperationId

from .line import Line

LONGEST_REASON = 512
LONGEST_NONCE = 25


class OnTheLine:
    """A part of the port."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def _http(self) -> HTTPClient:
        if self._line.client is None:
            raise Unavailable("There is no connection to Discord")
        return self._line.client.http


def mark(reason: str, operation: OperationId) -> str:
    """The audit-log reason: cut so that the operation stays whole.

    Discord allows 512 characters and does not say whether percent-encoded or not; so they are.
    """
    tail = f"rallypoint op {operation}"
    room = LONGEST_REASON - len(_encoded(f" · {tail}"))
    while len(_encoded(reason)) > room:
        reason = reason[:-1]
    return f"{reason} · {tail}" if reason else tail


def _encoded(text: str) -> str:
    # As discord.py does it.
    return quote(text, safe="/ ")


def nonce(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:LONGEST_NONCE]
