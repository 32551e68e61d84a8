"""Events from where they are recorded to those who subscribe to them, in one process.

`python -m bench.bots.pipeline DATABASE WAY RECEIVERS PORT EVENTS`: WAY is a kind of destination; PORT is that of a
receiver of web requests. Says "{}" when it is about to begin; then, in JSON, how many seconds that took, its CPU
seconds, and how many seconds the carrier alone needs for as many of the same.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from ipaddress import ip_address
from typing import Any, cast

from pydantic import SecretStr
from sqlalchemy import func, select

from rallypoint.adapters.db import Database, migrate
from rallypoint.app.outside import carrier_of
from rallypoint.features.deliveries.feature import feature as deliveries
from rallypoint.features.deliveries.model import Delivery, DeliveryState, Destination
from rallypoint.features.deliveries.service import upkeep
from rallypoint.features.presence.events import Joined
from rallypoint.features.subscriptions.feature import feature as subscriptions
from rallypoint.features.subscriptions.model import Subscription
from rallypoint.kernel import events
from rallypoint.kernel.clock import SystemClock
from rallypoint.kernel.events import Relay
from rallypoint.kernel.ids import ChannelId, GuildId, UserId
from rallypoint.kernel.jobs import Engine
from rallypoint.kernel.outlets import Carrier, Parcel, Receipt
from rallypoint.kernel.settings import FixedSettings
from rallypoint.kernel.vault import Vault

GUILD = GuildId(1)
KEY = "k" * 32
SERVERS = {"redis_url": "RALLYPOINT_TEST_REDIS", "amqp_url": "RALLYPOINT_TEST_AMQP"}
CHANNELS = 50
A_TRANSACTION = 10
AT_ONCE = 8
"""As many of one destination are on their way."""
LOOK = 0.02


class Watched:
    """Keeps what it was handed, to be carried again without the rest of us."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self.parcels: list[Parcel] = []

    async def carry(self, parcel: Parcel) -> Receipt:
        self.parcels.append(parcel)
        return await self._carrier.carry(parcel)


async def main(database_url: str, way: str, receivers: int, port: int, count: int) -> None:
    clock = SystemClock()
    servers: dict[str, Any] = {
        name: SecretStr(os.environ[key]) for name, key in SERVERS.items() if key in os.environ
    }
    allowed = frozenset({(ip_address("127.0.0.1"), port)})
    settings = FixedSettings(http_allowed=allowed, **servers)
    async with (
        await Database.open(database_url, Vault([KEY])) as database,
        carrier_of(settings, clock) as carrier,
    ):
        await migrate(database)
        await _subscribe(database, way, receivers, port, clock)
        watched = Watched(carrier)
        engine = Engine(
            database.sessions,
            deliveries.jobs,
            clock=clock,
            discord=cast(Any, None),
            carrier=watched,
        )
        relay = Relay(database.sessions, [], clock=clock, gatherers=subscriptions.gatherers)
        working = [asyncio.create_task(each) for each in (engine.run(), relay.run())]
        await _through(database, A_TRANSACTION, receivers, clock)
        watched.parcels.clear()
        print("{}", flush=True)
        began, cpu = time.perf_counter(), time.process_time()
        await _through(database, count, receivers, clock)
        took, cpu = time.perf_counter() - began, time.process_time() - cpu
        for task in working:
            task.cancel()
        await asyncio.wait(working)
        alone = await _alone(carrier, watched.parcels)
    print(json.dumps({"took": took, "cpu": cpu, "alone": alone}), flush=True)


async def _subscribe(
    database: Database, way: str, receivers: int, port: int, clock: SystemClock
) -> None:
    now = clock.now()
    guild_id = None if way == "amqp" else GUILD
    whole = {"guild_id": guild_id, "created_at": now, "updated_at": now}
    for number in range(receivers):
        config: dict[str, Any] = {"webhook.post": {"url": f"http://127.0.0.1:{port}/in"}}.get(
            way, {}
        )
        if way.startswith("redis"):
            config = {"key": f"events:1:{way}:{number}", "most": 1000}
        row = Destination(
            **whole,
            name=f"{number}",
            kind=way,
            config=config,
            secrets=[{"secret": "whsec_" + "A" * 32, "until": None}],
            state="active",
        )
        async with database.sessions.begin() as session:
            session.add(row)
            await session.flush()
            session.add(
                Subscription(**whole, destination_id=row.id, kinds=["presence.*"], conditions={})
            )
    async with database.sessions.begin() as session:
        await upkeep.seal(session, now)


async def _through(database: Database, count: int, receivers: int, clock: SystemClock) -> None:
    """Record so many, and wait until all of them are delivered and that is written down."""
    delivered = select(func.count()).select_from(Delivery)
    delivered = delivered.where(Delivery.state == DeliveryState.DELIVERED)
    async with database.sessions() as session:
        before = await session.scalar(delivered) or 0
    for first in range(0, count, A_TRANSACTION):
        some = range(first, first + A_TRANSACTION)
        facts = [Joined(GUILD, ChannelId(1 + n % CHANNELS), UserId(n), False) for n in some]
        async with database.sessions.begin() as session:
            await events.record(session, *facts, at=clock.now())
    wanted, done = before + count * receivers, before
    while done < wanted:
        # What is far from its end is asked seldom: to count costs something, too.
        await asyncio.sleep(LOOK if wanted - done < 500 else 10 * LOOK)
        async with database.sessions() as session:
            done = await session.scalar(delivered) or 0


async def _alone(carrier: Carrier, parcels: list[Parcel]) -> float:
    left = iter(parcels)

    async def work() -> None:
        for parcel in left:
            await carrier.carry(parcel)

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return time.perf_counter() - began


if __name__ == "__main__":
    url, way, receivers, port, count = sys.argv[1:]
    asyncio.run(main(url, way, int(receivers), int(port), int(count)))
