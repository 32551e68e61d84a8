"""What the ways to the outside can do: requests behind the guard beside bare ones, events to Redis and to AMQP.

The receiver is a process of its own and does the least there is to do. Rounds are interleaved, and the figure to look
at is the ratio: the machine is never quiet for long.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from ipaddress import ip_address

import aiohttp

from rallypoint.adapters.delivery.amqp import Amqp
from rallypoint.adapters.delivery.bus import Layout
from rallypoint.adapters.delivery.guard import Guard
from rallypoint.adapters.delivery.http import Http
from rallypoint.adapters.delivery.names import DomainNames
from rallypoint.adapters.delivery.redis import Redis
from rallypoint.kernel.addresses import Bounds
from rallypoint.kernel.clock import SystemClock
from rallypoint.kernel.ids import GuildId
from rallypoint.kernel.outlets import (
    AmqpPublish,
    HttpRequest,
    Receipt,
    RedisAdd,
    RedisPush,
    Verdict,
)

from .figures import percentile, show, spread
from .local import process

AT_ONCE = 20
REQUESTS = 2_000
EVENTS = 5_000
ROUNDS = 5
BODY = (
    b'{"id":"0190b8f0-1","kind":"presence.joined","version":1,"data":{"name":"'
    + b"x" * 200
    + b'"}}'
)
HEADERS = {"Content-Type": "application/json", "webhook-id": "0190b8f0-1"}

Once = Callable[[int], Awaitable[None]]


async def run(*, quick: bool) -> None:
    rounds = 1 if quick else ROUNDS
    await _requests(rounds)
    await _events(rounds)


async def _requests(rounds: int) -> None:
    async with process("-m", "bench.receiver") as (_, said):
        port = said["port"]
        allowed = frozenset({(ip_address("127.0.0.1"), port)})
        names = DomainNames()
        http = Http(Guard(Bounds(allowed=allowed), names), SystemClock())
        url = f"http://127.0.0.1:{port}/hook?x=y"
        async with aiohttp.ClientSession() as bare:

            async def barely(_: int) -> None:
                async with bare.post(url, data=BODY, headers=HEADERS) as response:
                    await response.read()

            async def guarded(_: int) -> None:
                _arrived(await http.carry(HttpRequest("POST", url, HEADERS, BODY, GuildId(1))))

            rates = await _interleaved({"aiohttp": barely, "guarded": guarded}, REQUESTS, rounds)
        await http.close()
        names.close()
    ratios = [
        ours / theirs for ours, theirs in zip(rates["guarded"], rates["aiohttp"], strict=True)
    ]
    show(
        f"Web requests, {AT_ONCE} at once",
        ["", "requests a second"],
        [
            ["bare aiohttp", spread(rates["aiohttp"], "/s")],
            ["behind the guard", spread(rates["guarded"], "/s")],
            ["of the bare rate", f"{percentile(ratios, 0.5):.0%}"],
        ],
    )


async def _events(rounds: int) -> None:
    ways: dict[str, Once] = {}
    redis_url, amqp_url = (os.environ.get(f"RALLYPOINT_TEST_{name}") for name in ("REDIS", "AMQP"))
    redis, amqp = Redis(redis_url or ""), Amqp(amqp_url or "", layout=Layout())

    async def push(n: int) -> None:
        _arrived(await redis.carry(RedisPush("events:bench:list", BODY, most=1000)))

    async def add(n: int) -> None:
        _arrived(await redis.carry(RedisAdd("events:bench:stream", {"body": BODY}, most=1000)))

    async def publish(n: int) -> None:
        _arrived(await amqp.carry(AmqpPublish("presence.joined", BODY, f"e{n}")))

    if redis_url:
        ways |= {"Redis list, bounded": push, "Redis stream, bounded": add}
    if amqp_url:
        ways["AMQP, confirmed, into two quorum queues"] = publish
    rates = await _interleaved(ways, EVENTS, rounds)
    await redis.close()
    await amqp.close()
    show(
        f"Events, {AT_ONCE} at once",
        ["", "events a second"],
        [[name, spread(rates[name], "/s")] for name in ways]
        or [["neither Redis nor RabbitMQ is there", ""]],
    )


async def _interleaved(ways: dict[str, Once], count: int, rounds: int) -> dict[str, list[float]]:
    """Rates of each, in rounds one after the other; a first round does not count."""
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds + 1):
        for name, once in ways.items():
            rates[name].append(await _rate(once, count))
    return {name: each[1:] for name, each in rates.items()}


async def _rate(once: Once, count: int) -> float:
    numbers = iter(range(count))

    async def work() -> None:
        for n in numbers:
            await once(n)

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return count / (time.perf_counter() - began)


def _arrived(receipt: Receipt) -> None:
    if receipt.verdict is not Verdict.DELIVERED:
        raise RuntimeError(f"it did not arrive: {receipt}")
