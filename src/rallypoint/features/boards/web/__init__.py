"""The server's first page, the live map of its voice channels, and how rooms and sessions work there."""

from __future__ import annotations

from .overview import section as overview_section
from .rooms import section as rooms_section
from .sessions import section as sessions_section
from .voice import section as voice_section

__all__ = ["overview_section", "rooms_section", "sessions_section", "voice_section"]
