"""What other features may call."""

from __future__ import annotations

from .events import Rearmed
from .rules import Models, Shown
from .service import is_forbidden, open_incident, put, read, rearm, reset, show

__all__ = [
    "Models",
    "Rearmed",
    "Shown",
    "is_forbidden",
    "open_incident",
    "put",
    "read",
    "rearm",
    "reset",
    "show",
]
