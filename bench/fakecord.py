"""What fakecord itself can do, each figure beside a peer that does no more than must be done for it."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
from aiohttp import web

from fakecord import Fakecord, GuildHandle, Rate

from . import local
from .figures import percentile, show, spread

ROUNDS = 3
STARTS = 30
VOICE = 20_000
REPLAYED = 50_000
REQUESTS = 10_000
GUILDS, MEMBERS = 1_000, 1_000
Measure = Callable[[], Awaitable[float]]


async def run(*, quick: bool = False) -> None:
    rounds = 1 if quick else ROUNDS
    rows = [
        await _row("voice events through the rules", "8,000 /s", "/s", _ruled, _encoded, rounds),
        await _row("events replayed to one client", "20,000 /s", "/s", _replayed, _sent, rounds),
        await _row("GET a channel, 50 in flight", "1,500 /s", "/s", _got, _fixed, rounds),
        await _row("POST a message, 50 in flight", "1,500 /s", "/s", _posted, _fixed, rounds),
        await _row("start in process", "≤ 150 ms", "ms", _started, _bare_started, rounds),
        await _loaded(),
    ]
    head = ["", "wanted", "fakecord", "peer", "ratio"]
    peers = "encoding the events · a bare socket with the same frames · a bare aiohttp with the same answer · "
    show(f"fakecord, and the least there is: {peers}its start · reading the JSON", head, rows)


async def _row(
    name: str, wanted: str, unit: str, ours: Measure, peer: Measure, rounds: int
) -> list[str]:
    """In turns, so that whatever else the machine does befalls both."""
    pairs = [(await ours(), await peer()) for _ in range(rounds)]
    own, least = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    ratio = percentile(own, 0.5) / percentile(least, 0.5)
    return [name, wanted, spread(own, unit), spread(least, unit), f"{ratio:.2f}"]


@asynccontextmanager
async def _stage() -> AsyncIterator[tuple[Fakecord, GuildHandle]]:
    async with Fakecord() as fake:
        fake.limits.default = Rate(1_000_000, 1.0)
        guild = fake.guild("Bench")
        guild.member("alice", owner=True)
        yield fake, guild


async def _ruled() -> float:
    async with _stage() as (_, guild):
        people = [guild.member(f"member-{number}") for number in range(100)]
        began = time.perf_counter()
        for number in range(VOICE // 2):
            await people[number % 100].joins("Lobby")
            await people[number % 100].leaves()
        return VOICE / (time.perf_counter() - began)


async def _encoded() -> float:
    frames = await _frames(1)
    payload = orjson.loads(frames[0])
    began = time.perf_counter()
    for number in range(VOICE):
        payload["s"] = number
        orjson.dumps(payload)
    return VOICE / (time.perf_counter() - began)


async def _frames(count: int) -> list[bytes]:
    """Of voice states, as a session keeps them."""
    async with _stage() as (fake, guild), _listener(fake):
        await fake.until(lambda: fake.gateway.sessions and not fake.gateway.connected)
        fake.gateway.sessions[0].kept = deque()
        await _happens(guild, count)
        return [frame for _, frame in fake.gateway.sessions[0].kept][-count:]


async def _happens(guild: GuildHandle, count: int) -> None:
    """Alice sits in the Lobby, mutes herself and does not: one event each."""
    alice = guild.member("alice")
    await alice.joins("Lobby")
    for number in range(count):
        await alice.mutes(bool(number % 2))


async def _replayed() -> float:
    async with _stage() as (fake, guild):
        fake.gateway.kept = REPLAYED + 100
        async with _listener(fake) as child:
            await fake.until(lambda: fake.gateway.sessions and not fake.gateway.connected)
            await _happens(guild, REPLAYED)
            return await _received(child)


async def _sent() -> float:
    frames = [frame.decode() for frame in await _frames(REPLAYED)]

    async def serve(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        async for _ in socket:
            for frame in frames:
                await socket.send_str(frame)
        return socket

    async with (
        _bare("/", serve) as url,
        local.process("-m", "bench.bots.listener", "bare", url, "-", str(REPLAYED)) as (child, _),
    ):
        return await _received(child)


@asynccontextmanager
async def _listener(fake: Fakecord) -> AsyncIterator[asyncio.subprocess.Process]:
    arguments = ("-m", "bench.bots.listener", "resume", fake.url, fake.token, str(REPLAYED))
    async with local.process(*arguments) as (child, _):
        yield child


async def _received(child: asyncio.subprocess.Process) -> float:
    assert child.stdout is not None
    child.send_signal(signal.SIGUSR1)
    told: dict[str, float] = json.loads(await child.stdout.readline())
    return told["events"] / told["seconds"]


async def _got() -> float:
    async with _stage() as (fake, guild):
        return await _asked("GET", f"{fake.api_url}/channels/{guild.channel('Lobby').id}", fake)


async def _posted() -> float:
    async with _stage() as (fake, guild):
        general = guild.channel("general").id
        return await _asked("POST", f"{fake.api_url}/channels/{general}/messages", fake)


async def _fixed() -> float:
    async with _stage() as (fake, guild):
        body = orjson.dumps(_channel(guild))

        async def answer(request: web.Request) -> web.Response:
            await request.read()
            return web.Response(body=body, headers={"Content-Type": "application/json"})

        async with _bare("/", answer) as url:
            return await _asked("GET", url, fake)


def _channel(guild: GuildHandle) -> dict[str, Any]:
    entity = guild.channel("Lobby").entity
    names = ("id", "guild_id", "type", "name", "position", "parent_id", "topic", "nsfw", "bitrate")
    return {name: getattr(entity, name) for name in names} | {"permission_overwrites": []}


async def _asked(method: str, url: str, fake: Fakecord) -> float:
    arguments = ("-m", "bench.bots.caller", method, url, fake.token, str(REQUESTS))
    async with local.process(*arguments) as (_, told):
        return REQUESTS / float(told["seconds"])


@asynccontextmanager
async def _bare(
    path: str, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", path, handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


async def _started() -> float:
    times = []
    for _ in range(STARTS):
        began = time.perf_counter()
        async with Fakecord() as fake:
            fake.guild("Bench")
            times.append((time.perf_counter() - began) * 1e3)
    return percentile(times, 0.5)


async def _bare_started() -> float:
    async def nothing(request: web.Request) -> web.Response:
        return web.Response()

    times = []
    for _ in range(STARTS):
        began = time.perf_counter()
        async with _bare("/", nothing):
            times.append((time.perf_counter() - began) * 1e3)
    return percentile(times, 0.5)


async def _loaded() -> list[str]:
    """In a process of its own, which takes its gigabytes with it."""
    arguments = ("-m", "bench.bots.loader", str(GUILDS), str(MEMBERS))
    async with local.started(*arguments) as child:
        assert child.stdout is not None
        told: dict[str, float] = json.loads(await child.stdout.readline())
    name = f"load {GUILDS:,} guilds of {MEMBERS:,}, {told['size'] / 2**20:,.0f} MB of JSON"
    ours, peer = told["loaded"], told["read"]
    return [name, "≤ 10 s", f"{ours:.1f} s", f"{peer:.1f} s", f"{ours / peer:.2f}"]
