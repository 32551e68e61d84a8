"""What other features may call."""

from __future__ import annotations

from .service.log import Filter, attempts, deliveries
from .service.replaying import Which, replay, test
from .texts import DELIVERIES as SECTION
from .texts import EVENTS, words

__all__ = [
    "EVENTS",
    "SECTION",
    "Filter",
    "Which",
    "attempts",
    "deliveries",
    "replay",
    "test",
    "words",
]
