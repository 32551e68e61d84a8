"""What other features may call."""

from __future__ import annotations

from .events import Rearmed
from .model import AuditEntry
from .rules import Models, Shown
from .service.audit import audit_log, note
from .service.incidents import is_forbidden, open_incident, rearm
from .service.settings import of_guilds, put, read, reset, show

__all__ = [
    "AuditEntry",
    "Models",
    "Rearmed",
    "Shown",
    "audit_log",
    "is_forbidden",
    "note",
    "of_guilds",
    "open_incident",
    "put",
    "read",
    "rearm",
    "reset",
    "show",
]
