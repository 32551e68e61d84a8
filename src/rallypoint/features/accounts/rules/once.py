"""How long a request is remembered that is to be carried out once. Pure."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

KEPT = timedelta(hours=24)
GIVEN_UP_AFTER = timedelta(minutes=2)
"""Whoever began it and has come to no end was killed: far longer than any request takes."""


def hash_of(user_id: int, key: str) -> bytes:
    return hashlib.sha256(f"{user_id} {key}".encode()).digest()


def is_over(begun_at: datetime, now: datetime) -> bool:
    return now - begun_at >= KEPT


def is_given_up(begun_at: datetime, now: datetime) -> bool:
    # A clock that went back must not keep anybody waiting.
    return abs(now - begun_at) >= GIVEN_UP_AFTER
