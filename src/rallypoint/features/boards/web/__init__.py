"""The server's first page, and the live map of its voice channels."""

from __future__ import annotations

from .overview import section as overview
from .voice import section as voice

__all__ = ["overview", "voice"]
