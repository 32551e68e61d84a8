"""What other features may call."""

from __future__ import annotations

from .events import Rearmed, SettingChanged, subject_of_setting
from .model import AuditEntry, Incident
from .rules import OF_CHANNEL, OF_PROGRAM, Models, Shown, keys_at
from .service.audit import About, Destinations, audit_log, note
from .service.changing import change, check_may_set, go_back
from .service.incidents import is_forbidden, open_incident, open_incidents, rearm
from .service.roles import check_role, role_of
from .service.settings import channels_listed, is_set, of_guilds, put, read, reset, show

__all__ = [
    "OF_CHANNEL",
    "OF_PROGRAM",
    "About",
    "AuditEntry",
    "Destinations",
    "Incident",
    "Models",
    "Rearmed",
    "SettingChanged",
    "Shown",
    "audit_log",
    "change",
    "channels_listed",
    "check_may_set",
    "check_role",
    "go_back",
    "is_forbidden",
    "is_set",
    "keys_at",
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
    "subject_of_setting",
]
