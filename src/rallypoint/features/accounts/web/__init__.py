"""What is one's own: log-ins, tokens, and what is kept about oneself."""

from __future__ import annotations

from .me import section

__all__ = ["section"]
