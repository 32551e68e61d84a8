"""Addresses, behind their servers' names, are nobody's who reads the database alone: who knows them may call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.deliveries import api as deliveries
from rallypoint.features.monitors.model import Monitor
from rallypoint.kernel.vault import CannotOpen, Vault, vault_of

PING = "monitor ping"
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
