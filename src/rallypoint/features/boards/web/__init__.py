"""The server's first page, and the live map of its voice channels."""

from __future__ import annotations

from .overview import section as overview_section
from .voice import section as voice_section

__all__ = ["overview_section", "voice_section"]
