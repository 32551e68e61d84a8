"""What other features may call."""

from __future__ import annotations

from .events import Activated, Emptied, Joined, Left, Synced
from .service import Present, humans_in, is_known, last_left, occupied, present

__all__ = [
    "Activated",
    "Emptied",
    "Joined",
    "Left",
    "Present",
    "Synced",
    "humans_in",
    "is_known",
    "last_left",
    "occupied",
    "present",
]
