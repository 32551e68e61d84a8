"""Where the keys are from that the database's secrets are sealed with."""

from __future__ import annotations

from .keys import keys_of

__all__ = ["keys_of"]
