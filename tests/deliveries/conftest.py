from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from rallypoint.app import catalogue
from rallypoint.app.outside import carrier_of
from rallypoint.features.deliveries import feature as deliveries_feature
from rallypoint.features.deliveries.model import Delivery, Destination
from rallypoint.features.deliveries.rules.destinations import Kind, Terms
from rallypoint.features.deliveries.service import managing as destinations
from rallypoint.features.destinations.feature import feature as destinations_feature
from rallypoint.features.presence.events import Joined
from rallypoint.features.subscriptions.feature import feature as subscriptions_feature
from rallypoint.features.subscriptions.service import managing as subscriptions
from rallypoint.kernel import events
from rallypoint.kernel.ids import ChannelId, GuildId, UserId
from rallypoint.kernel.outlets import Carrier
from rallypoint.kernel.people import Actor, Permission
from rallypoint.kernel.settings import FixedSettings

from .receiver import Receiver, receiving

numbers = itertools.count()
GUILD = GuildId(1)
ALICE = Actor(UserId(2), GUILD, "alice", Permission.MANAGE_GUILD)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
def allowing() -> Callable[..., FixedSettings]:
    """`allowing(url, settings)`: these, and its guests may send there, too."""

    def more(url: str, settings: FixedSettings) -> FixedSettings:
        split = urlsplit(url)
        assert split.hostname is not None
        assert split.port is not None
        place = (ip_address(split.hostname), split.port)
        return FixedSettings(http_allowed=settings.http_allowed | {place})

    return more


@pytest.fixture
def settings(receiver: Receiver, allowing: Callable[..., FixedSettings]) -> FixedSettings:
    return allowing(receiver.url, FixedSettings())


@pytest.fixture
def terms(settings: FixedSettings) -> Terms:
    return Terms(frozenset({"data.*", "kind"}), settings.bounds)


@pytest.fixture
async def carrier(settings: FixedSettings, clock: Any) -> AsyncIterator[Carrier]:
    async with carrier_of(settings, clock) as carrier:
        yield carrier


@pytest.fixture
def use(sessions: Any) -> Callable[..., Awaitable[Any]]:
    """`await use(case, …)`: the use case in a transaction of its own."""

    async def run(case: Any, *args: Any, **more: Any) -> Any:
        async with sessions.begin() as session:
            return await case(session, *args, **more)

    return run


@pytest.fixture
def subscribed(
    use: Any, clock: Any, receiver: Receiver, terms: Terms
) -> Callable[..., Awaitable[Any]]:
    """`await subscribed()`: a destination at the receiver, and a subscription of all that is about presence."""

    async def add(
        kind: Kind = Kind.WEBHOOK_POST,
        kinds: Any = ("presence.*",),
        by: Actor = ALICE,
        subjects: Any = None,
        **config: Any,
    ) -> Any:
        now = clock.now()
        wanted = destinations.Wanted(f"to {next(numbers)}", kind, {"url": receiver.url} | config)
        known = catalogue.events()
        made = await use(destinations.add, wanted, terms=terms, by=by, now=now)
        asked = subscriptions.Wanted(made.destination.id, kinds, subjects)
        await use(subscriptions.add, asked, known=list(known), by=by, now=now)
        return made

    return add


@pytest.fixture
def joins(sessions: Any, clock: Any) -> Callable[..., Awaitable[None]]:
    """`await joins(channel, user)`."""

    async def record(channel: int = 10, user: int = 20, guild: int = GUILD, **more: Any) -> None:
        event = Joined(GuildId(guild), ChannelId(channel), UserId(user), False, **more)
        async with sessions.begin() as session:
            await events.record(session, event, at=clock.now())

    return record


@pytest.fixture
def deliver(drain: Any, carrier: Carrier) -> Callable[[], Awaitable[int]]:
    """Hand on what was recorded and send what is due."""

    async def run() -> int:
        done: int = await drain(
            {**deliveries_feature.feature.jobs, **destinations_feature.jobs},
            (),
            subscriptions_feature.gatherers,
            carrier=carrier,
        )
        return done

    return run


@pytest.fixture
def rows(sessions: Any) -> Callable[[], Awaitable[Any]]:
    """The deliveries, in order."""

    async def read() -> Any:
        async with sessions() as session:
            return (await session.scalars(select(Delivery).order_by(Delivery.id))).all()

    return read


@pytest.fixture
def destination(sessions: Any) -> Callable[[int], Awaitable[Any]]:
    async def read(destination_id: int) -> Any:
        async with sessions() as session:
            return await session.get(Destination, destination_id)

    return read
