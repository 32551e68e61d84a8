"""What other features may call."""

from __future__ import annotations

from .model import Delivery, Destination, DestinationState
from .rules.addresses import UrlTemplate
from .rules.destinations import Kind
from .rules.facts import Fact, Prepared, guild_of, variables
from .service.managing import Made, Wanted, add, listing, pause, remove, resume, rotate, show
from .service.queueing import Bound, enqueue
from .texts import words

__all__ = [
    "Bound",
    "Delivery",
    "Destination",
    "DestinationState",
    "Fact",
    "Kind",
    "Made",
    "Prepared",
    "UrlTemplate",
    "Wanted",
    "add",
    "enqueue",
    "guild_of",
    "listing",
    "pause",
    "remove",
    "resume",
    "rotate",
    "show",
    "variables",
    "words",
]
