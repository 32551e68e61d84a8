"""Facts for others: recorded inside the transaction that makes them true, handed on after it."""

from .calls import jobs_for
from .ears import Ears
from .outbox import (
    TOPIC,
    Event,
    Gatherer,
    Happened,
    Outbox,
    Recorded,
    Subscriber,
    batch,
    erase_fleeting,
    is_of,
    record,
    record_each,
    subject_of,
    written,
)
from .relay import Relay

__all__ = [
    "TOPIC",
    "Ears",
    "Event",
    "Gatherer",
    "Happened",
    "Outbox",
    "Recorded",
    "Relay",
    "Subscriber",
    "batch",
    "erase_fleeting",
    "is_of",
    "jobs_for",
    "record",
    "record_each",
    "subject_of",
    "written",
]
