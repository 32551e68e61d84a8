"""Addresses, behind their servers' names, are nobody's who reads the database alone: who knows them may call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.deliveries import api as deliveries
from rallypoint.kernel.vault import CannotOpen, vault_of

PING = "monitor ping"
Routes = Mapping[str, Sequence[Sequence[Any]]]
"""Type of event → addresses in their order, each as destination and template."""


def sealed(session: AsyncSession, routes: Routes, *, now: datetime) -> Routes:
    """Each template for its destination: what is sent there brings it along as it is."""
    return {
        type_: [[to, deliveries.seal(session, to, text, now=now)] for to, text in addresses]
        for type_, addresses in routes.items()
    }


def opened(session: AsyncSession, routes: Routes) -> Routes | None:
    """None: they are in plain text, as former versions wrote them, or no key that we have opens them."""
    vault = vault_of(session)
    try:
        return {
            type_: [[to, deliveries.opened(vault, to, text)] for to, text in addresses]
            for type_, addresses in routes.items()
        }
    except CannotOpen:
        return None


def seal_ping(session: AsyncSession, url: str, *, now: datetime) -> str:
    return vault_of(session).seal_text(url, purpose=PING, now=now)


def ping(session: AsyncSession, kept: str | None) -> str | None:
    """None: nowhere, or `opened` has its reasons."""
    try:
        return kept and vault_of(session).open_text(kept, purpose=PING)
    except CannotOpen:
        return None
