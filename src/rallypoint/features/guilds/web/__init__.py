"""A server's settings and the program's, and who changed what."""

from __future__ import annotations

from .audit import section as audit_section
from .settings import program_section
from .settings import section as settings_section

__all__ = ["audit_section", "program_section", "settings_section"]
