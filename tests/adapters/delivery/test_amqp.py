"""Events at a real RabbitMQ: who gets them, and what is said when nobody does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from urllib.parse import urlsplit

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel

from rallypoint.adapters.delivery import amqp as publishing
from rallypoint.adapters.delivery.amqp import Amqp
from rallypoint.adapters.delivery.bus import Layout
from rallypoint.kernel.outlets import AmqpPublish, Verdict

from .between import Line, line_to
from .queues import waiting

pytestmark = pytest.mark.rabbitmq


@pytest.fixture
async def amqp_at(
    amqp_url: str, layout: Layout, channel: AbstractChannel
) -> AsyncIterator[Callable[..., Amqp]]:
    made: list[Amqp] = []

    def make(at: str = amqp_url, *, layout: Layout = layout, patience: float = 10.0) -> Amqp:
        made.append(Amqp(at, layout=layout, patience=patience))
        return made[-1]

    yield make
    for each in made:
        await each.close()


@pytest.fixture
async def line(amqp_url: str) -> AsyncIterator[Line]:
    split = urlsplit(amqp_url)
    assert split.hostname
    assert split.port
    async with line_to(split.hostname, split.port) as line:
        yield line


def through(line: Line, url: str) -> str:
    return url.replace(f":{urlsplit(url).port}/", f":{line.port}/")


def event(kind: str = "rooms.opened", body: bytes = b'{"a":1}', name: str = "e1") -> AmqpPublish:
    return AmqpPublish(kind, body, name)


async def test_an_event_gets_to_those_who_want_its_kind(amqp_at, channel, layout):
    amqp = amqp_at()
    kinds = ("rooms.opened", "notices.sent", "schedules.run.failed", "unheard.of")
    for kind in kinds:
        assert (await amqp.carry(event(kind, kind.encode()))).verdict is Verdict.DELIVERED

    got = {name.partition(".")[2]: await waiting(channel, name) for name in layout.queues}
    assert got == {
        "bot": [b"rooms.opened"],
        "web": [kind.encode() for kind in kinds],
        "worker": [b"schedules.run.failed"],
        "notifications": [b"notices.sent"],
    }


async def test_an_event_outlasts_the_server_and_carries_its_id(amqp_at, channel, layout):
    await amqp_at().carry(event())
    queue = await channel.get_queue(next(iter(layout.queues)))
    message = await queue.get()
    await message.ack()

    assert message.delivery_mode is aio_pika.DeliveryMode.PERSISTENT
    assert (message.message_id, message.type, message.content_type) == (
        "e1",
        "rooms.opened",
        "application/json",
    )


async def test_the_queues_are_durable_and_kept_by_a_quorum(amqp_at, channel, layout, amqp_url):
    await amqp_at().carry(event())
    for name in (*layout.queues, layout.dead_queue):
        async with await aio_pika.connect(amqp_url) as connection:
            other = await connection.channel()
            with pytest.raises(aio_pika.exceptions.ChannelPreconditionFailed):
                await other.declare_queue(name, durable=False)


async def test_what_nobody_gets_is_told(amqp_at, layout):
    nobody = Layout(layout.events, layout.dead, layout.dead_queue, layout.commands, {})
    receipt = await amqp_at(layout=nobody).carry(event())

    assert (receipt.verdict, receipt.reason) == (Verdict.LATER, "unroutable")


async def test_a_queue_that_was_taken_away_is_there_again_at_the_next_try(amqp_at, channel, layout):
    amqp = amqp_at()
    await amqp.carry(event())
    for queue in layout.queues:
        await channel.queue_delete(queue)
    missing = await amqp.carry(event())
    again = await amqp.carry(event(body=b"again"))

    assert (missing.reason, again.verdict) == ("unroutable", Verdict.DELIVERED)
    assert await waiting(channel, next(iter(layout.queues))) == [b"again"]


async def test_a_wrong_password_may_be_mended(amqp_url, amqp_at):
    receipt = await amqp_at(amqp_url.replace("rallypoint:", "rallypoint:x")).carry(event())

    assert (receipt.verdict, receipt.reason) == (Verdict.LATER, "not_authorised")
    assert str(urlsplit(amqp_url).password) not in receipt.answer


async def test_an_exchange_of_another_make_is_told(amqp_at, channel, layout):
    await channel.declare_exchange(layout.events, aio_pika.ExchangeType.FANOUT, durable=True)
    receipt = await amqp_at().carry(event())

    assert (receipt.verdict, receipt.reason) == (Verdict.LATER, "unreachable")
    assert "PRECONDITION_FAILED" in receipt.answer


async def test_down_and_up_again_it_is_reached_without_a_new_start(
    amqp_url, line, amqp_at, monkeypatch, channel, layout
):
    monkeypatch.setattr(publishing, "FIRST_REST", 0)
    monkeypatch.setattr(publishing, "LONGEST_REST", 0)
    amqp = amqp_at(through(line, amqp_url))
    before = await amqp.carry(event(body=b"1"))
    line.close()
    down = [await amqp.carry(event(body=b"2")) for _ in range(2)]
    await line.open()
    after = await amqp.carry(event(body=b"3"))

    assert (before.verdict, after.verdict) == (Verdict.DELIVERED, Verdict.DELIVERED)
    assert {(each.verdict, each.reason) for each in down} == {(Verdict.LATER, "unreachable")}
    assert await waiting(channel, next(iter(layout.queues))) == [b"1", b"3"]


async def test_while_it_is_down_it_is_not_tried_by_everybody(amqp_url, line, amqp_at, monkeypatch):
    monkeypatch.setattr(publishing, "FIRST_REST", 30)
    line.close()
    amqp = amqp_at(through(line, amqp_url))
    await amqp.carry(event())
    await line.open()
    resting = await asyncio.gather(*(amqp.carry(event()) for _ in range(10)))

    assert line.connections == 0
    assert {each.reason for each in resting} == {"unreachable"}
    assert all(timedelta(0) < each.retry_in <= timedelta(seconds=30) for each in resting)


async def test_a_server_that_reads_nothing_more_is_given_up_in_time(
    amqp_url, line, amqp_at, monkeypatch
):
    monkeypatch.setattr(publishing, "FIRST_REST", 0)
    amqp = amqp_at(through(line, amqp_url))
    assert (await amqp.carry(event())).verdict is Verdict.DELIVERED
    amqp._patience = 0.3
    line.block()
    blocked = await amqp.carry(event())
    line.unblock()
    amqp._patience = 10
    after = await amqp.carry(event())

    assert (blocked.verdict, blocked.reason, blocked.slow) == (Verdict.LATER, "timed_out", True)
    assert after.verdict is Verdict.DELIVERED


async def test_many_at_once_are_all_confirmed_over_one_connection(
    amqp_url, line, amqp_at, channel, layout
):
    amqp = amqp_at(through(line, amqp_url))
    events = [event(body=b"%d" % n, name=f"e{n}") for n in range(200)]
    receipts = await asyncio.gather(*(amqp.carry(each) for each in events))

    assert {each.verdict for each in receipts} == {Verdict.DELIVERED}
    assert line.connections == 1
    assert len(await waiting(channel, next(iter(layout.queues)))) == 200
