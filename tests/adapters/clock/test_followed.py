from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from rallypoint.adapters.clock.followed import FollowedClock

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class ClockServer:
    """Serves the stream; what is said goes to whoever listens then, and is the first line of who comes later."""

    def __init__(self) -> None:
        self.line = self._write(NOON, frozen=True)
        self.listeners: set[asyncio.Queue[bytes | None]] = set()
        self.came = asyncio.Condition()
        self.connections = 0
        self.url = ""

    async def stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        lines: asyncio.Queue[bytes | None] = asyncio.Queue()
        lines.put_nowait(self.line)
        self.listeners.add(lines)
        self.connections += 1
        async with self.came:
            self.came.notify_all()
        while (line := await lines.get()) is not None:
            await response.write(line)
        self.listeners.discard(lines)
        return response

    def say(self, now: datetime, *, frozen: bool = True) -> None:
        self.line = self._write(now, frozen=frozen)
        for listener in self.listeners:
            listener.put_nowait(self.line)

    def cut(self) -> None:
        for listener in self.listeners:
            listener.put_nowait(None)

    async def until_connections(self, count: int) -> None:
        async with self.came:
            await self.came.wait_for(lambda: self.connections >= count)

    @staticmethod
    def _write(now: datetime, *, frozen: bool) -> bytes:
        return json.dumps({"now": now.timestamp(), "frozen": frozen}).encode() + b"\n"


@pytest.fixture
async def server():
    server = ClockServer()
    app = web.Application()
    app.router.add_get("/clock", server.stream)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/clock"
    yield server
    server.cut()
    await runner.cleanup()


@pytest.fixture
async def clock(server):
    clock = FollowedClock(server.url, pause=0.01)
    running = asyncio.create_task(clock.run())
    await clock.following.wait()
    yield clock
    running.cancel()
    await asyncio.wait([running])


async def test_a_frozen_clock_stands(clock):
    await asyncio.sleep(0)

    assert (clock.now(), clock.now()) == (NOON, NOON)


async def test_who_waits_is_woken_once_the_moment_is_said_and_not_before(clock, server):
    waiting = asyncio.create_task(clock.wait_until(NOON + HOUR))
    witness = asyncio.create_task(clock.wait_until(NOON + HOUR / 2))

    server.say(NOON + HOUR - timedelta(microseconds=1))
    await witness
    assert not waiting.done()

    server.say(NOON + HOUR)
    await waiting


async def test_a_moment_that_has_come_is_not_waited_for(clock):
    await clock.wait_until(NOON)


async def test_a_running_clock_goes_on_from_the_last_line(clock, server):
    server.say(NOON + HOUR, frozen=False)
    await clock.wait_until(NOON + HOUR + timedelta(milliseconds=20))

    assert NOON + HOUR + timedelta(milliseconds=20) <= clock.now() < NOON + HOUR + HOUR


async def test_a_clock_may_be_set_back(clock, server):
    server.say(NOON + HOUR)
    await clock.wait_until(NOON + HOUR)
    waiting = asyncio.create_task(clock.wait_until(NOON + HOUR + HOUR))
    server.say(NOON - HOUR)
    server.say(NOON + HOUR + HOUR)
    await waiting

    assert clock.now() == NOON + 2 * HOUR


async def test_a_cut_stream_is_taken_up_again_and_the_last_line_counts_meanwhile(clock, server):
    server.cut()
    waiting = asyncio.create_task(clock.wait_until(NOON + HOUR))
    await server.until_connections(2)
    assert clock.now() == NOON

    server.say(NOON + HOUR)
    await waiting
