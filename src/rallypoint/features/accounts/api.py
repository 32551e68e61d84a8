"""What other features, and the program, may call."""

from __future__ import annotations

from .model import Token
from .rules import DEFAULT_DAYS, MOST_DAYS
from .service import Made, authenticate, create_token, list_tokens, note_use, revoke_token

__all__ = [
    "DEFAULT_DAYS",
    "MOST_DAYS",
    "Made",
    "Token",
    "authenticate",
    "create_token",
    "list_tokens",
    "note_use",
    "revoke_token",
]
