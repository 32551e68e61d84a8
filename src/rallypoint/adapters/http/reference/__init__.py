"""The interface for programs as people read it: made from its description, for whoever is logged in."""

from __future__ import annotations

from .pages import router

__all__ = ["router"]
