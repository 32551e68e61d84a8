"""What other features may call."""

from __future__ import annotations

from .model import Delivery, DeliveryAttempt, DeliveryState, Destination, DestinationState
from .rules.destinations import Kind, Terms, place
from .rules.facts import Fact, guild_of
from .service.log import Filter, attempts, deliveries
from .service.managing import (
    Made,
    Users,
    Wanted,
    add,
    listing,
    pause,
    remove,
    resume,
    rotate,
    show,
    terms_of,
)
from .service.queueing import Bound, enqueue
from .service.replaying import Which, replay, test

__all__ = [
    "Bound",
    "Delivery",
    "DeliveryAttempt",
    "DeliveryState",
    "Destination",
    "DestinationState",
    "Fact",
    "Filter",
    "Kind",
    "Made",
    "Terms",
    "Users",
    "Wanted",
    "Which",
    "add",
    "attempts",
    "deliveries",
    "enqueue",
    "guild_of",
    "listing",
    "pause",
    "place",
    "remove",
    "replay",
    "resume",
    "rotate",
    "show",
    "terms_of",
    "test",
]
