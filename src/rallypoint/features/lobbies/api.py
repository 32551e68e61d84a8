"""What other features may call."""

from __future__ import annotations

from .service import add_lobby, remove_lobby

__all__ = ["add_lobby", "remove_lobby"]
