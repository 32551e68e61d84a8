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
    subject_of,
)
from .model import PresenceSettings
from .model import VoiceStay as Stay
from .rules import DEAFENED, MUTED
from .service.history import stays_between, stays_of
from .service.occupancy import Occupancy, Present, humans_in, is_known, occupancy, occupied, present
from .service.privacy import choose, count, export, forget, wants_history

__all__ = [
    "DEAFENED",
    "MUTED",
    "Activated",
    "Camera",
    "Deafened",
    "Emptied",
    "Joined",
    "Left",
    "Moved",
    "Muted",
    "Occupancy",
    "PresenceSettings",
    "Present",
    "Stay",
    "Streamed",
    "Synced",
    "choose",
    "count",
    "export",
    "forget",
    "humans_in",
    "is_known",
    "occupancy",
    "occupied",
    "present",
    "stays_between",
    "stays_of",
    "subject_of",
    "wants_history",
]
