"""What other features may call."""

from __future__ import annotations

from .events import Disabled
from .model import Delivery, DeliveryAttempt, DeliveryState, Destination, DestinationState
from .rules.destinations import LONGEST_NAME, PLACES, SHOWN, Kind, Terms, checked, place
from .rules.facts import Fact, Prepared, guild_of
from .service.managing import (
    Made,
    Users,
    Wanted,
    add,
    edit,
    limits,
    listing,
    pause,
    remove,
    resume,
    rotate,
    show,
    terms_of,
)
from .service.queueing import Bound, enqueue, wake
from .service.rows import as_sent
from .service.sealing import config_of, opened, purpose, seal

__all__ = [
    "LONGEST_NAME",
    "PLACES",
    "SHOWN",
    "Bound",
    "Delivery",
    "DeliveryAttempt",
    "DeliveryState",
    "Destination",
    "DestinationState",
    "Disabled",
    "Fact",
    "Kind",
    "Made",
    "Prepared",
    "Terms",
    "Users",
    "Wanted",
    "add",
    "as_sent",
    "checked",
    "config_of",
    "edit",
    "enqueue",
    "guild_of",
    "limits",
    "listing",
    "opened",
    "pause",
    "place",
    "purpose",
    "remove",
    "resume",
    "rotate",
    "seal",
    "show",
    "terms_of",
    "wake",
]
