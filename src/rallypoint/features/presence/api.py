"""What other features may call."""

from __future__ import annotations

from .events import Activated, Emptied, Joined, Synced
from .service import humans_in, is_known, last_left, occupied

__all__ = [
    "Activated",
    "Emptied",
    "Joined",
    "Synced",
    "humans_in",
    "is_known",
    "last_left",
    "occupied",
]
