"""The ways to the outside, as the settings have them."""

from __future__ import annotations

import resource
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing

from rallypoint.adapters.delivery.amqp import Amqp
from rallypoint.adapters.delivery.guard import Guard
from rallypoint.adapters.delivery.http import Http
from rallypoint.adapters.delivery.inbox import Inbox
from rallypoint.adapters.delivery.names import DomainNames
from rallypoint.adapters.delivery.outlets import Outlets
from rallypoint.adapters.delivery.redis import Redis
from rallypoint.kernel.clock import Clock
from rallypoint.kernel.outlets import Carrier
from rallypoint.kernel.settings import Settings

from .lifecycle import Member

MOST_FILES = 65_536


def more_files() -> None:
    """Each destination that hangs holds a connection, and many systems give a program a thousand files unless asked."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


@asynccontextmanager
async def carrier_of(settings: Settings, clock: Clock) -> AsyncIterator[Carrier]:
    """Its connections end with it."""
    more_files()
    with closing(DomainNames()) as names:
        redis, amqp = settings.redis_url, settings.amqp_url
        outlets = Outlets(
            Http(Guard(settings.bounds, names), clock),
            redis=Redis(redis.get_secret_value()) if redis else None,
            amqp=Amqp(amqp.get_secret_value()) if amqp else None,
        )
        try:
            yield outlets
        finally:
            await outlets.close()


def inboxes(settings: Settings) -> Sequence[Member]:
    """What takes commands of other programs, where there is a bus. No feature offers any yet: all are answered so."""
    if settings.amqp_url is None:
        return []
    inbox = Inbox(settings.amqp_url.get_secret_value(), {})
    return [Member(name="inbox", run=inbox.run)]
