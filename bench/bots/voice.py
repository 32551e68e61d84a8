"""`python -m bench.bots.voice bare|ledger URL TOKEN EVENTS DATABASE`: take that many voice events, then say how long it
took. `bare` is discord.py with a listener that counts; `ledger` is ours, until the last event is in the database."""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from typing import Any

import discord
import structlog

from rallypoint.adapters.db import Database, migrate
from rallypoint.adapters.discord import target
from rallypoint.adapters.discord.client import Bot
from rallypoint.adapters.discord.line import Line
from rallypoint.adapters.discord.port import Port
from rallypoint.adapters.discord.words import Words
from rallypoint.features.presence.bot import Voice
from rallypoint.kernel.clock import SystemClock
from rallypoint.kernel.feature import Parts


class Meter:
    """From the first event to the last."""

    def __init__(self, events: int) -> None:
        self.left = events
        self.done = asyncio.Event()

    def count(self) -> None:
        if not hasattr(self, "began"):
            self.began, self.cpu = time.perf_counter(), time.process_time()
        self.left -= 1
        if self.left == 0:
            self.done.set()

    def result(self) -> dict[str, float]:
        return {
            "seconds": time.perf_counter() - self.began,
            "cpu": time.process_time() - self.cpu,
            "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }


class Bare(discord.Client):
    def __init__(self, meter: Meter) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True, voice_states=True),
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            guild_ready_timeout=0.1,
        )
        self.meter = meter

    async def on_ready(self) -> None:
        say({"ready": True})

    async def on_voice_state_update(self, *_: Any) -> None:
        self.meter.count()


class Counted(Voice):
    """The ledger's cog, with the meter beside it."""

    def __init__(self, parts: Parts, meter: Meter) -> None:
        super().__init__(parts)
        self.meter = meter
        self.raw = {**self.raw, "VOICE_STATE_UPDATE": self.counted}

    def counted(self, payload: dict[str, Any]) -> None:
        self.voice_state_update(payload)
        self.meter.count()


async def bare(token: str, meter: Meter) -> None:
    async with Bare(meter) as client:
        running = asyncio.create_task(client.start(token))
        await meter.done.wait()
        say(meter.result())
        running.cancel()


async def ledger(token: str, meter: Meter, address: str) -> None:
    line = Line()
    async with await Database.open(address) as database:
        await migrate(database)
        cog = Counted(Parts(database.sessions, SystemClock(), Port(line)), meter)
        async with Bot(line, cogs=[cog], words=Words()) as client:
            line.watch(lambda connected: say({"ready": True}) if connected else None)
            running = asyncio.create_task(client.start(token))
            await meter.done.wait()
            await cog.scribe.until_written()
            say(meter.result())
            running.cancel()


def say(what: dict[str, Any]) -> None:
    print(json.dumps(what), flush=True)


async def main(kind: str, url: str, token: str, events: str, address: str) -> None:
    target.point_at(url)
    meter = Meter(int(events))
    await (bare(token, meter) if kind == "bare" else ledger(token, meter, address))


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    asyncio.run(main(*sys.argv[1:]))
