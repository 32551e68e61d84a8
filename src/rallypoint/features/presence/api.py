"""What other features may call."""

from __future__ import annotations

from .events import (
    Activated,
    Camera,
    Deafened,
    Emptied,
    Joined,
    Left,
    Moved,
    Muted,
    Streamed,
    Synced,
)
from .service.occupancy import Present, humans_in, is_known, last_left, occupied, present

__all__ = [
    "Activated",
    "Camera",
    "Deafened",
    "Emptied",
    "Joined",
    "Left",
    "Moved",
    "Muted",
    "Present",
    "Streamed",
    "Synced",
    "humans_in",
    "is_known",
    "last_left",
    "occupied",
    "present",
]
