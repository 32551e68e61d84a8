"""What the tests of deliveries are lent: a carrier of web requests with little patience, and what it connects to."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from ipaddress import ip_address
from typing import Any

import pytest

from rallypoint.adapters.delivery.guard import Guard
from rallypoint.adapters.delivery.http import Http
from rallypoint.kernel.addresses import Bounds
from rallypoint.kernel.clock import StoppedClock

from .audit import connects
from .receivers import Told

LOOPBACK = ip_address("127.0.0.1")


@pytest.fixture
async def http(clock: StoppedClock) -> AsyncIterator[Callable[..., Http]]:
    """`http(port, …)`: sends to that port of this machine, and to what is public, for guests too."""
    made: list[Http] = []

    def make(
        *ports: int,
        names: Told | None = None,
        tls: ssl.SSLContext | None = None,
        patience: float = 5.0,
        places: Sequence[str] = ("127.0.0.1",),
        own: Callable[[Any], bool] = lambda _: False,
    ) -> Http:
        allowed = frozenset((ip_address(place), port) for place in places for port in ports)
        bounds = Bounds(plain_http=True, allowed=allowed)
        guard = Guard(bounds, names or Told(), own=own)
        made.append(Http(guard, clock, tls=tls, patience=patience))
        return made[-1]

    yield make
    for each in made:
        await each.close()


@pytest.fixture
def connected() -> Iterator[list[Any]]:
    with connects() as seen:
        yield seen
