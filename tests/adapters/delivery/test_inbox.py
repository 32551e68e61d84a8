"""What other programs put into our queue: nothing of it stops us, and what we cannot take is kept with the reason."""

from __future__ import annotations

import asyncio
import contextlib
import pickle
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import aio_pika
import orjson
import pytest

from rallypoint.adapters.delivery.envelopes import Envelope, Rejected, read
from rallypoint.adapters.delivery.inbox import Inbox
from rallypoint.kernel.errors import Refused, Unavailable

GOOD = {
    "version": 1,
    "event_type": "rooms.open",
    "timestamp": "2026-03-01T12:00:00Z",
    "data": {"name": "Team A"},
    "trace_id": "t1",
}


def changed(**keys: object) -> bytes:
    return orjson.dumps({name: value for name, value in (GOOD | keys).items() if value is not ...})


class Bomb:
    def __reduce__(self):
        raise AssertionError("nobody may unpickle this")


HOSTILE = {
    "too_large": changed(data={"a": "x" * 65_536}),
    "not_json": b"{",
    "not_json (empty)": b"",
    "not_json (deep)": b'{"data":' * 5000 + b"1" + b"}" * 5000,
    "not_json (pickle)": pickle.dumps({"version": 1}),
    "not_json (not UTF-8)": b'{"a":"\xff"}',
    "not_json (NaN)": b'{"version":NaN}',
    "not_an_object": b"[1]",
    "not_an_object (null)": b"null",
    "version": changed(version=2),
    "version (none)": changed(version=...),
    "version (true)": changed(version=True),
    "version (text)": changed(version="1"),
    "unknown_key:password": changed(password="x"),
    "data": changed(data=[]),
    "data (none)": changed(data=...),
    "trace_id": changed(trace_id=5),
    "event_type": changed(event_type=...),
    "event_type (long)": changed(event_type="x" * 101),
    "event_type (lines)": changed(event_type="a\nb"),
    "timestamp": changed(timestamp="soon"),
    "timestamp (number)": changed(timestamp=5),
    "timestamp (without a zone)": changed(timestamp="2026-03-01T12:00:00"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_no_envelope_is_rejected_with_the_reason(kind):
    with pytest.raises(Rejected) as rejected:
        read(HOSTILE[kind])

    assert str(rejected.value) == kind.partition(" (")[0]


def test_an_envelope_is_read():
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)

    assert read(changed()) == Envelope("rooms.open", moment, {"name": "Team A"}, "t1")
    assert read(changed(trace_id=...)).trace_id is None


@pytest.fixture
async def inbox(amqp_url, layout, channel) -> AsyncIterator[Callable[..., object]]:
    """`await inbox({type: handler})` works from then on; `await inbox.send(body)` is another program."""
    working: list[asyncio.Task[None]] = []
    await layout.declare_dead(channel)
    await layout.declare_commands(channel)

    def start(handlers) -> None:
        working.append(asyncio.create_task(Inbox(amqp_url, handlers, layout=layout).run()))

    yield start
    for task in working:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def sent(channel, layout, *bodies: bytes) -> None:
    for body in bodies:
        await channel.default_exchange.publish(aio_pika.Message(body), layout.commands)


async def dead(channel, layout, count: int) -> list[tuple[object, bytes]]:
    """The reasons and the bodies of the first *count* dead letters."""
    queue = await channel.get_queue(layout.dead_queue)
    found = []
    async with queue.iterator() as letters:
        async for letter in letters:
            await letter.ack()
            found.append((letter.headers.get("x-reason"), letter.body))
            if len(found) == count:
                break
    return found


@pytest.mark.rabbitmq
async def test_hostile_messages_are_kept_with_their_reason_and_the_next_is_taken(
    inbox, channel, layout
):
    taken: asyncio.Queue[Envelope] = asyncio.Queue()
    inbox({"rooms.open": taken.put})
    huge = b"x" * 50_000_000
    await sent(channel, layout, *HOSTILE.values(), huge, changed(event_type="drop.tables"))
    await sent(channel, layout, changed())

    assert (await taken.get()).data == {"name": "Team A"}
    letters = await dead(channel, layout, len(HOSTILE) + 2)
    assert [reason for reason, _ in letters] == [
        *(kind.partition(" (")[0] for kind in HOSTILE),
        "too_large",
        "unknown_type",
    ]
    assert letters[1] == ("not_json", b"{")
    assert max(len(body) for _, body in letters) <= 65_536


@pytest.mark.rabbitmq
async def test_what_is_refused_is_kept_and_what_may_do_later_is_tried_again(inbox, channel, layout):
    tries: list[str] = []

    async def refuse(_: Envelope) -> None:
        raise Refused("too_many_rooms")

    async def not_yet(_: Envelope) -> None:
        tries.append("x")
        raise Unavailable("Discord is away")

    inbox({"rooms.open": refuse, "rooms.close": not_yet})
    await sent(channel, layout, changed(), changed(event_type="rooms.close"))
    letters = await dead(channel, layout, 2)

    assert letters[0] == ("too_many_rooms", changed())
    # The bus itself has counted, and given up.
    assert letters[1] == (None, changed(event_type="rooms.close"))
    assert 2 <= len(tries) <= 10


@pytest.mark.rabbitmq
async def test_a_message_that_was_not_settled_comes_again(amqp_url, inbox, channel, layout):
    """As after a crash in the middle of it."""
    begun = asyncio.Event()

    async def crash(_: Envelope) -> None:
        begun.set()
        await asyncio.Event().wait()

    await sent(channel, layout, changed())
    first = asyncio.create_task(Inbox(amqp_url, {"rooms.open": crash}, layout=layout).run())
    await begun.wait()
    first.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await first
    taken: asyncio.Queue[Envelope] = asyncio.Queue()
    inbox({"rooms.open": taken.put})

    assert (await taken.get()).trace_id == "t1"
