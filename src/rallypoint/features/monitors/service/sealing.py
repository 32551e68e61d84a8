"""Addresses, behind their servers' names, are nobody's who reads the database alone: who knows them may call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.deliveries import api as deliveries
from rallypoint.features.deliveries.api import Delivery, Destination, Kind
from rallypoint.features.monitors.model import Monitor
from rallypoint.kernel.vault import CannotOpen, Vault, vault_of

PING = "monitor ping"
SENT_AT_ONCE = 200
Routes = dict[str, list[list[Any]]]
"""Type of event → addresses in their order, each as destination and template."""


def sealed(session: AsyncSession, routes: Routes, *, now: datetime) -> Routes:
    """Each template for its destination: what is sent there brings it along as it is."""
    return {
        type_: [[to, deliveries.seal(session, to, text, now=now)] for to, text in addresses]
        for type_, addresses in routes.items()
    }


def opened(session: AsyncSession, routes: Routes) -> Routes | None:
    """None: no key that we have opens them."""
    vault = vault_of(session)
    try:
        return {
            type_: [[to, _opened(vault, to, text)] for to, text in addresses]
            for type_, addresses in routes.items()
        }
    except CannotOpen:
        return None


async def renew(session: AsyncSession, *, now: datetime) -> Sequence[str]:
    """What a former version wrote in plain text, or an older key sealed; whose addresses no key opens."""
    lost = []
    for row in await session.scalars(select(Monitor).order_by(Monitor.channel_id)):
        routes = opened(session, row.routes)
        if routes is None:
            lost.append(row.channel_id)
        elif not all(_is_fresh(session, *each) for some in row.routes.values() for each in some):
            row.routes = sealed(session, routes, now=now)
    return lost


async def receivers(session: AsyncSession) -> Sequence[int]:
    """Who may have been called; removed ones too, for what was sent is kept."""
    ours = Destination.guild_id.is_(None), Destination.kind == Kind.WEBHOOK_GET
    return (
        await session.scalars(select(Destination.id).where(*ours).order_by(Destination.id))
    ).all()


@dataclass(frozen=True, slots=True)
class Renewed:
    next: str | None
    """The event to go on after; None: at the end."""
    count: int


async def renew_sent(session: AsyncSession, to: int, *, after: str = "", now: datetime) -> Renewed:
    """As `renew`, some of what is kept of what one of the `receivers` was sent, or waits to be. What no key opens stays
    as it is."""
    vault = vault_of(session)
    some = select(Delivery.id, Delivery.event_id, Delivery.data).where(
        Delivery.destination_id == to, Delivery.event_id > after
    )
    found = (await session.execute(some.order_by(Delivery.event_id).limit(SENT_AT_ONCE))).all()
    old = [row.id for row in found if _stale(vault, to, row.data)]
    count = 0
    # Read again, and locked: meanwhile somebody may have been forgotten.
    locked = select(Delivery).where(Delivery.id.in_(old)).order_by(Delivery.id).with_for_update()
    for row in await session.scalars(locked) if old else ():
        if url := _stale(vault, to, row.data):
            kept = {name: value for name, value in row.data.items() if name != "url"}
            row.data = kept | {"sealed": deliveries.seal(session, to, url, now=now)}
            count += 1
    return Renewed(found[-1].event_id if len(found) == SENT_AT_ONCE else None, count)


def _stale(vault: Vault, to: int, data: Mapping[str, Any]) -> str | None:
    """The address, if it is to be sealed."""
    kept = data.get("sealed")
    if not isinstance(data.get("values"), dict):
        return None
    if kept is None:
        return data.get("url")
    if vault.is_of_first_key(kept, purpose=deliveries.purpose(to)):
        return None
    try:
        return deliveries.opened(vault, to, kept)
    except CannotOpen:
        return None


def _opened(vault: Vault, to: int, text: str) -> str:
    return text if _is_plain(text) else deliveries.opened(vault, to, text)


def _is_fresh(session: AsyncSession, to: int, text: str) -> bool:
    return vault_of(session).is_of_first_key(text, purpose=deliveries.purpose(to))


def _is_plain(text: str) -> bool:
    """A former version's: nothing sealed has this in it."""
    return "://" in text


def seal_ping(session: AsyncSession, url: str, *, now: datetime) -> str:
    return vault_of(session).seal_text(url, purpose=PING, now=now)


def ping(session: AsyncSession, kept: str | None) -> str | None:
    """None: nowhere, or `opened` has its reasons."""
    try:
        return kept and vault_of(session).open_text(kept, purpose=PING)
    except CannotOpen:
        return None
