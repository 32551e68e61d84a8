"""A destination that answers, and so many in other guilds that never do: how long events take to the one that does.

`python -m bench.bots.destinations <database> <holes>`: says "{}" when all of these hang. Then, for each line it reads:
`events 10` records that many, one after the other; `rest 0.25` does nothing for so many seconds. It says in JSON how
many seconds each event took until it was at the receiver, how long all of it took, its CPU seconds, and how many
attempts have ended so far.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import datetime
from ipaddress import ip_address
from typing import Any, cast

import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.adapters.db import Database, migrate
from rallypoint.app.outside import carrier_of
from rallypoint.features.deliveries.feature import feature as deliveries
from rallypoint.features.deliveries.model import DeliveryAttempt, Destination
from rallypoint.features.deliveries.service import upkeep
from rallypoint.features.presence.events import Joined
from rallypoint.features.subscriptions.feature import feature as subscriptions
from rallypoint.features.subscriptions.model import Subscription
from rallypoint.kernel import events
from rallypoint.kernel.clock import SystemClock
from rallypoint.kernel.events import Relay
from rallypoint.kernel.ids import ChannelId, GuildId, UserId
from rallypoint.kernel.jobs import Engine
from rallypoint.kernel.settings import FixedSettings
from rallypoint.kernel.vault import Vault

GUILD, ELSEWHERE = GuildId(1), GuildId(2)
ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"
WITHIN = 60.0
KEY = "k" * 32


class Receiver:
    """Answers whatever comes; or never, where it *hangs*."""

    def __init__(self, *, hangs: bool) -> None:
        self._hangs = hangs
        self.open = 0
        self.came: asyncio.Queue[float] = asyncio.Queue()

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=2048)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        while head := await reader.read(1 << 16):
            if self._hangs or b"webhook-id" not in head:
                continue
            self.came.put_nowait(time.monotonic())
            writer.write(ANSWER)


async def main(database_url: str, holes: int) -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    well, ill = Receiver(hangs=False), Receiver(hangs=True)
    ports = await well.start(), await ill.start()
    allowed = frozenset((ip_address("127.0.0.1"), port) for port in ports)
    clock, settings = SystemClock(), FixedSettings(http_allowed=allowed)
    async with (
        await Database.open(database_url, Vault([KEY])) as database,
        carrier_of(settings, clock) as carrier,
    ):
        await migrate(database)
        async with database.sessions.begin() as session:
            await _subscribe(session, GUILD, ports[0], clock.now())
            for _ in range(holes):
                await _subscribe(session, ELSEWHERE, ports[1], clock.now())
            await upkeep.seal(session, clock.now())
            await events.record(session, _event(ELSEWHERE), at=clock.now())
        engine = Engine(
            database.sessions,
            deliveries.jobs,
            clock=clock,
            discord=cast(Any, None),
            carrier=carrier,
        )
        relay = Relay(database.sessions, [], clock=clock, gatherers=subscriptions.gatherers)
        working = [asyncio.create_task(each) for each in (engine.run(), relay.run())]
        while ill.open < holes:  # noqa: ASYNC110  # the receiver has no event for it
            await asyncio.sleep(0.05)
        print("{}", flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            verb, _, number = line.partition(" ")
            wall, cpu, took = time.monotonic(), time.process_time(), []
            if verb == "rest":
                await asyncio.sleep(float(number))
            else:
                for _ in range(int(number)):
                    took.append(await _one(database, well, clock.now()))
            said = {"cpu": time.process_time() - cpu, "wall": time.monotonic() - wall}
            async with database.sessions() as session:
                count = select(func.count()).select_from(DeliveryAttempt)
                said["attempts"] = await session.scalar(count) or 0
            print(json.dumps({"took": took, **said}), flush=True)
        for task in working:
            task.cancel()


def _event(guild_id: GuildId) -> Joined:
    return Joined(guild_id, ChannelId(1), UserId(2), False)


async def _subscribe(session: AsyncSession, guild_id: GuildId, port: int, now: datetime) -> None:
    whole = {"guild_id": guild_id, "created_at": now, "updated_at": now}
    row = Destination(
        **whole,
        name=f"{port}",
        kind="webhook.post",
        config={"url": f"http://127.0.0.1:{port}/in"},
        secrets=[{"secret": "whsec_" + "A" * 32, "until": None}],
        state="active",
    )
    session.add(row)
    await session.flush()
    session.add(Subscription(**whole, destination_id=row.id, kinds=["presence.*"], conditions={}))


async def _one(database: Database, receiver: Receiver, now: datetime) -> float:
    began = time.monotonic()
    async with database.sessions.begin() as session:
        await events.record(session, _event(GUILD), at=now)
    async with asyncio.timeout(WITHIN):
        return await receiver.came.get() - began


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
