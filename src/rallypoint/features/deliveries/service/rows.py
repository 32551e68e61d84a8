"""From rows to what the rules know, and back."""

from __future__ import annotations

from datetime import datetime

from rallypoint.features.deliveries.model import Delivery, Destination
from rallypoint.features.deliveries.rules.destinations import Kind
from rallypoint.features.deliveries.rules.facts import Fact
from rallypoint.features.deliveries.rules.retries import Health
from rallypoint.features.deliveries.rules.shipments import Shipment, Target, shipment
from rallypoint.kernel.ids import GuildId


def health_of(row: Destination) -> Health:
    return Health(row.failing_since, row.failures, row.next_try_at, row.slow_until)


def write_health(row: Destination, health: Health) -> None:
    row.failing_since, row.failures = health.failing_since, health.failures
    row.next_try_at, row.slow_until = health.next_try_at, health.slow_until


def target_of(row: Destination, *, now: datetime) -> Target:
    return Target(
        row.id,
        None if row.guild_id is None else GuildId(row.guild_id),
        Kind(row.kind),
        row.config,
        secrets_of(row, now=now),
    )


def secrets_of(row: Destination, *, now: datetime) -> list[str]:
    """Those that count now, the newest first."""
    return [
        each["secret"]
        for each in row.secrets
        if each["until"] is None or datetime.fromisoformat(each["until"]) > now
    ]


def fact_of(row: Delivery) -> Fact:
    return Fact(row.event_id, row.kind, row.subject, row.happened_at, row.data)


def as_sent(row: Destination, delivery: Delivery, *, now: datetime) -> Shipment:
    """What is handed to the carrier. Raise Refused for what its template makes no sense of."""
    return shipment(target_of(row, now=now), fact_of(delivery), now)
