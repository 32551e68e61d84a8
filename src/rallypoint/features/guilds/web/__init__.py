"""A server's settings, and who changed what."""

from __future__ import annotations

from .audit import section as audit
from .settings import section as settings

__all__ = ["audit", "settings"]
