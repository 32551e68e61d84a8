"""The ways to the outside, as the settings have them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

from rallypoint.adapters.delivery.guard import Guard
from rallypoint.adapters.delivery.http import Http
from rallypoint.adapters.delivery.names import DomainNames
from rallypoint.adapters.delivery.outlets import Outlets
from rallypoint.kernel.clock import Clock
from rallypoint.kernel.outlets import Carrier
from rallypoint.kernel.settings import Settings


@asynccontextmanager
async def carrier_of(settings: Settings, clock: Clock) -> AsyncIterator[Carrier]:
    """Its connections end with it."""
    with closing(DomainNames()) as names:
        outlets = Outlets(Http(Guard(settings.bounds, names), clock))
        try:
            yield outlets
        finally:
            await outlets.close()
