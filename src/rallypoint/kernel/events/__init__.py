"""Facts for others: recorded inside the transaction that makes them true, handed on after it."""

from .outbox import Event, Happened, Outbox, Subscriber, batch, erase_fleeting, record, record_each
from .relay import Relay, jobs_for

__all__ = [
    "Event",
    "Happened",
    "Outbox",
    "Relay",
    "Subscriber",
    "batch",
    "erase_fleeting",
    "jobs_for",
    "record",
    "record_each",
]
