"""The doctor as a page."""

from __future__ import annotations

from .doctor import section

__all__ = ["section"]
