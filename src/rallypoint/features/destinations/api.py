"""What other features may call."""

from __future__ import annotations

from .service.log import Filter, attempts, deliveries
from .service.replaying import Which, replay, test

__all__ = ["Filter", "Which", "attempts", "deliveries", "replay", "test"]
