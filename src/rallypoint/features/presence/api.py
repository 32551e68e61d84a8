"""What other features may call."""

from __future__ import annotations

from .events import Activated, Emptied, Joined, Left, Synced
from .service import humans_in, is_in, is_known, last_left, occupied

__all__ = [
    "Activated",
    "Emptied",
    "Joined",
    "Left",
    "Synced",
    "humans_in",
    "is_in",
    "is_known",
    "last_left",
    "occupied",
]
