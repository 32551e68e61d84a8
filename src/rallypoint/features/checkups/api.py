"""What the program's own doctor asks, so that it says what `/doctor` does."""

from __future__ import annotations

from .rules import Bot, Lack, lacks
from .service import places
from .texts import why

__all__ = ["Bot", "Lack", "lacks", "places", "why"]
