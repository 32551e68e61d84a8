from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from rallypoint.features.deliveries.feature import feature as deliveries_feature
from rallypoint.features.deliveries.model import Delivery, Destination
from rallypoint.features.monitors.feature import feature as monitors_feature
from rallypoint.features.monitors.model import Monitor
from rallypoint.features.monitors.rules import files
from rallypoint.features.monitors.service import listing
from rallypoint.features.presence.events import Joined, Left
from rallypoint.kernel import events
from rallypoint.kernel.ids import ChannelId, GuildId, UserId
from rallypoint.kernel.outlets import HttpRequest, Parcel, Receipt, RedisPush, Verdict

GUILD = GuildId(1)
LOBBY = 10
HOOK = "https://hooks.example/in"


class Recorder:
    """Carries nothing anywhere, and knows what it was handed. `answers`: to web requests, one after the other; then,
    and to all else, delivered."""

    def __init__(self) -> None:
        self.carried: list[Parcel] = []
        self.answers: list[Receipt] = []

    async def carry(self, parcel: Parcel) -> Receipt:
        self.carried.append(parcel)
        if self.answers and isinstance(parcel, HttpRequest):
            return self.answers.pop(0)
        return Receipt(Verdict.DELIVERED, status=200)

    @property
    def urls(self) -> list[str]:
        assert all(each.method == "GET" for each in self.carried if isinstance(each, HttpRequest))
        return [each.url for each in self.carried if isinstance(each, HttpRequest)]

    @property
    def pushed(self) -> list[tuple[str, str]]:
        pushes = (each for each in self.carried if isinstance(each, RedisPush))
        return [(each.key, each.body.decode()) for each in pushes]

    @property
    def types(self) -> list[str]:
        return [json.loads(body)["type"] for _, body in self.pushed]


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def list_channels(sessions: Any, clock: Any) -> Callable[..., Awaitable[listing.Report]]:
    """`await list_channels({"channel_id": 10, …}, …)`: as a file with these channels would."""

    async def put(*channels: Any, source: str = listing.FILE) -> listing.Report:
        listed = files.read(json.dumps({"channels": channels}))
        async with sessions.begin() as session:
            return await listing.take_in(session, listed, source=source, now=clock.now())

    return put


@pytest.fixture
async def lobby(list_channels: Any, sessions: Any, clock: Any) -> None:
    """Every event of the lobby goes into a list; it was seen, and nobody is in it."""
    await list_channels({"channel_id": LOBBY, "redis": {"queue": "q"}})
    async with sessions.begin() as session:
        row = await session.get(Monitor, str(LOBBY))
        row.seen_at = clock.now()


def joined(user: int, channel: int = LOBBY, **more: Any) -> Joined:
    told = {"username": f"u{user}"} | more
    return Joined(GUILD, ChannelId(channel), UserId(user), False, **told)


def left(user: int, channel: int = LOBBY, **more: Any) -> Left:
    at = datetime.fromisoformat("2020-01-01T00:00:00Z")
    return Left(GUILD, ChannelId(channel), UserId(user), False, at, **more)


@pytest.fixture
def happens(sessions: Any, clock: Any) -> Callable[..., Awaitable[None]]:
    """`await happens(joined(1), left(2))`: by the ledger, at this moment."""

    async def record(*facts: Any) -> None:
        async with sessions.begin() as session:
            await events.record(session, *facts, at=clock.now())

    return record


@pytest.fixture
def call_out(drain: Any, recorder: Recorder) -> Callable[[], Awaitable[int]]:
    """Hand on what was recorded, and send what is due."""

    async def run() -> int:
        jobs, gatherers = deliveries_feature.jobs, monitors_feature.gatherers
        done: int = await drain(jobs, (), gatherers, carrier=recorder)
        return done

    return run


@pytest.fixture
def rows(sessions: Any) -> Callable[..., Awaitable[Any]]:
    """`await rows(Monitor)`, in order."""

    async def read(model: Any = Monitor) -> Any:
        key = {Monitor: Monitor.channel_id, Destination: Destination.id, Delivery: Delivery.id}
        async with sessions() as session:
            return (await session.scalars(select(model).order_by(key[model]))).all()

    return read
