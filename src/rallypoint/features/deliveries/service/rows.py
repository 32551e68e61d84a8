"""From rows to what the rules know, and back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.deliveries.model import Delivery, Destination
from rallypoint.features.deliveries.rules.destinations import Kind
from rallypoint.features.deliveries.rules.facts import Fact
from rallypoint.features.deliveries.rules.retries import Health
from rallypoint.features.deliveries.rules.shipments import Shipment, Target, shipment
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.ids import GuildId
from rallypoint.kernel.vault import CannotOpen, Vault, vault_of

from . import sealing


def health_of(row: Destination) -> Health:
    return Health(row.failing_since, row.failures, row.next_try_at, row.slow_until)


def write_health(row: Destination, health: Health) -> None:
    row.failing_since, row.failures = health.failing_since, health.failures
    row.next_try_at, row.slow_until = health.next_try_at, health.slow_until


def target_of(session: AsyncSession, row: Destination, *, now: datetime) -> Target:
    """Raise CannotOpen."""
    return Target(
        row.id,
        None if row.guild_id is None else GuildId(row.guild_id),
        Kind(row.kind),
        sealing.config_of(session, row),
        secrets_of(session, row, now=now),
    )


def secrets_of(session: AsyncSession, row: Destination, *, now: datetime) -> list[str]:
    """Those that count now, the newest first. Raise CannotOpen."""
    return [
        sealing.secret_of(session, row, each)
        for each in row.secrets
        if each["until"] is None or datetime.fromisoformat(each["until"]) > now
    ]


def fact_of(vault: Vault, row: Delivery) -> Fact:
    """Raise Refused if its address was sealed by a key that is not there any more."""
    data = row.data
    if {"sealed", "values"} <= data.keys():
        try:
            url = sealing.opened(vault, row.destination_id, data["sealed"])
        except CannotOpen:
            raise Refused(sealing.UNREADABLE) from None
        data = {name: value for name, value in data.items() if name != "sealed"} | {"url": url}
    return Fact(row.event_id, row.kind, row.subject, row.happened_at, data)


def as_sent(
    session: AsyncSession, row: Destination, delivery: Delivery, *, now: datetime
) -> Shipment:
    """What is handed to the carrier. Raise Refused for what its template makes no sense of."""
    sealing.check_readable(session, row)
    fact = fact_of(vault_of(session), delivery)
    return shipment(target_of(session, row, now=now), fact, now)
