"""What the tests of deliveries are lent: a carrier of web requests with little patience, and what it connects to."""

from __future__ import annotations

import os
import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel

from rallypoint.adapters.delivery.bus import KINDS, Layout
from rallypoint.adapters.delivery.guard import Guard
from rallypoint.adapters.delivery.http import Http
from rallypoint.kernel.addresses import Bounds
from rallypoint.kernel.clock import StoppedClock
from tests.servers import private, rabbitmq

from .audit import connects
from .receivers import Told

AMQP = "RALLYPOINT_TEST_AMQP"
STARTS_WITHIN = 55


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


@pytest.fixture(scope="session")
def amqp_url() -> str:
    """Of a server that answers: it was started with the tests, and takes longer."""
    url = os.environ[AMQP]
    port = urlsplit(url).port
    assert port
    assert private.answering(private.says(port, rabbitmq.HELLO, b"\1\0\0"), within=STARTS_WITHIN)
    return url


@pytest.fixture
def layout() -> Layout:
    """Of this test's own: all tests share one server."""
    own = uuid4().hex
    queues = {f"{own}.{name}": kinds for name, kinds in KINDS.items()}
    return Layout(f"{own}.events", f"{own}.dlx", f"{own}.dead", f"{own}.commands", queues)


@pytest.fixture
async def channel(amqp_url: str, layout: Layout) -> AsyncIterator[AbstractChannel]:
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        yield channel
        for queue in (*layout.queues, layout.dead_queue, layout.commands):
            await channel.queue_delete(queue)
        for exchange in (layout.events, layout.dead):
            await channel.exchange_delete(exchange)
