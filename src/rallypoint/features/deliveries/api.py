"""What other features may call."""

from __future__ import annotations

from .events import Disabled
from .model import Delivery, DeliveryAttempt, DeliveryState, Destination, DestinationState
from .rules.destinations import LONGEST_NAME, SHOWN, Kind, Terms, place
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
from .service.privacy import FORGOTTEN
from .service.queueing import Bound, enqueue, wake
from .service.rows import as_sent
from .texts import words

__all__ = [
    "FORGOTTEN",
    "LONGEST_NAME",
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
    "edit",
    "enqueue",
    "guild_of",
    "limits",
    "listing",
    "pause",
    "place",
    "remove",
    "resume",
    "rotate",
    "show",
    "terms_of",
    "wake",
    "words",
]
