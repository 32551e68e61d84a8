"""Redis and RabbitMQ are killed outright, and connections cut: no event is taken for delivered that is not."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from redis.asyncio import Redis as Client

from rallypoint.adapters.delivery import amqp as publishing
from rallypoint.adapters.delivery.amqp import Amqp
from rallypoint.adapters.delivery.redis import Redis
from rallypoint.kernel.outlets import AmqpPublish, Receipt, RedisPush, Verdict
from tests.servers import rabbitmq, redis

from .between import Line, line_to
from .queues import waiting

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]
KILLS = 5


@pytest.fixture
def servers() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def through(line: Line, url: str) -> str:
    return url.replace(f":{urlsplit(url).port}/", f":{line.port}/")


def lead(line: Line, url: str) -> None:
    split = urlsplit(url)
    assert split.port
    line._far_port = split.port


async def kept_trying(carry: Callable[[int], Awaitable[Receipt]], numbers: range) -> list[int]:
    """As the feature does: each until it is delivered. Which were, in their order."""
    done = []
    for number in numbers:
        receipt = await carry(number)
        while receipt.verdict is not Verdict.DELIVERED:
            receipt = await carry(number)
        done.append(number)
    return done


def push(carrier: Redis, number: int) -> Awaitable[Receipt]:
    return carrier.carry(RedisPush("list", b"%d" % number))


@pytest.mark.redis
async def test_redis_is_killed_and_what_it_said_it_had_it_had(servers):
    """One after the other, since none of them keeps anything: what the dead one had was asked before."""
    program = redis.provide(may_install=False)
    lists: list[bytes | str] = []
    async with line_to("127.0.0.1", 1) as line:
        for kill in range(KILLS):
            url = servers.enter_context(redis.running(program))
            lead(line, url)
            carrier = Redis(through(line, url), patience=5)
            some = range(kill * 100, kill * 100 + 100)
            await kept_trying(partial(push, carrier), some)
            async with Client.from_url(url) as client:
                lists += await client.lrange("list", 0, -1)
                pid = (await client.info("server"))["process_id"]
            os.kill(pid, signal.SIGKILL)
            dead = await carrier.carry(RedisPush("list", b"x"))
            await carrier.close()

            assert (dead.verdict, dead.reason) == (Verdict.LATER, "unreachable")
    assert lists == [b"%d" % n for n in range(KILLS * 100)]


@pytest.mark.rabbitmq
async def test_rabbitmq_is_killed_while_many_are_under_way(servers, monkeypatch):
    monkeypatch.setattr(publishing, "FIRST_REST", 0)
    script = rabbitmq.provide(may_install=False)
    url = servers.enter_context(rabbitmq.running(script))
    carrier = Amqp(url, patience=5)
    await carrier.carry(AmqpPublish("a.b", b"first", "first"))
    under_way = [
        asyncio.create_task(carrier.carry(AmqpPublish("a.b", b"%d" % n, f"e{n}")))
        for n in range(2000)
    ]
    await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
    os.kill(beam_at(urlsplit(url).port), signal.SIGKILL)
    receipts = await asyncio.gather(*under_way)
    after = await carrier.carry(AmqpPublish("a.b", b"x", "x"))
    await carrier.close()

    verdicts = {each.verdict for each in receipts}
    assert verdicts == {Verdict.DELIVERED, Verdict.LATER}
    assert (after.verdict, after.reason) == (Verdict.LATER, "unreachable")


@pytest.mark.rabbitmq
async def test_connections_are_cut_many_times_and_every_event_arrives_in_order(
    amqp_url, layout, channel, monkeypatch
):
    monkeypatch.setattr(publishing, "FIRST_REST", 0)
    split = urlsplit(amqp_url)
    async with line_to("127.0.0.1", split.port or 0) as line:
        carrier = Amqp(through(line, amqp_url), layout=layout, patience=5)

        async def carry(n: int):
            if n % 7 == 3:
                asyncio.get_running_loop().call_later(0.001, line.cut)
            return await carrier.carry(AmqpPublish("a.b", b"%d" % n, f"e{n}"))

        done = await kept_trying(carry, range(200))
        await carrier.close()
    arrived = [
        int(body) for body in await waiting(channel, next(n for n in layout.queues if "web" in n))
    ]

    assert done == [*range(200)]
    # Twice is allowed, with the same id; out of order is not.
    assert [*dict.fromkeys(arrived)] == done
    assert arrived == sorted(arrived)
    assert line.connections > 20


def beam_at(port: int | None) -> int:
    """The process of the RabbitMQ that this test has started."""
    mark = f"RABBITMQ_NODE_PORT={port}".encode()
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            is_server = (place / "comm").read_text().strip() == "beam.smp"
            if is_server and mark in (place / "environ").read_bytes().split(b"\0"):
                return int(place.name)
    raise AssertionError(f"no RabbitMQ is at {port}")
