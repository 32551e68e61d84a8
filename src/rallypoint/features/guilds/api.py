"""What other features may call."""

from __future__ import annotations

from .events import Rearmed
from .model import AuditEntry, Incident
from .rules import Models, Shown
from .service.audit import About, audit_log, note
from .service.incidents import is_forbidden, open_incident, open_incidents, rearm
from .service.roles import check_role, role_of
from .service.settings import of_guilds, put, read, reset, show

__all__ = [
    "About",
    "AuditEntry",
    "Incident",
    "Models",
    "Rearmed",
    "Shown",
    "audit_log",
    "check_role",
    "is_forbidden",
    "note",
    "of_guilds",
    "open_incident",
    "open_incidents",
    "put",
    "read",
    "rearm",
    "reset",
    "role_of",
    "show",
]
