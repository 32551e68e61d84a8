"""Lists and streams of a real Redis: what gets there, and what is said when it does not."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from redis.asyncio import Redis as Client

from rallypoint.adapters.delivery.redis import Redis
from rallypoint.kernel.outlets import RedisAdd, RedisPush, Verdict

from .between import Line, line_to

pytestmark = pytest.mark.redis
URL = "RALLYPOINT_TEST_REDIS"


@pytest.fixture
def url() -> str:
    return os.environ[URL]


@pytest.fixture
def key() -> str:
    return f"events:{uuid4()}"


@pytest.fixture
async def server(url: str) -> AsyncIterator[Client]:
    async with Client.from_url(url) as client:
        yield client


@pytest.fixture
async def redis(url: str) -> AsyncIterator[Redis]:
    made = Redis(url)
    yield made
    await made.close()


@pytest.fixture
async def line(url: str) -> AsyncIterator[Line]:
    split = urlsplit(url)
    assert split.hostname
    assert split.port
    async with line_to(split.hostname, split.port) as line:
        yield line


@pytest.fixture
async def over_line(url: str, line: Line) -> AsyncIterator[Redis]:
    split = urlsplit(url)
    made = Redis(url.replace(f":{split.port}/", f":{line.port}/"), patience=0.5)
    yield made
    await made.close()


async def test_a_list_gets_the_very_bytes_at_its_end(redis, server, key):
    for body in (b'{"version":1}', b"\xff\0"):
        assert (await redis.carry(RedisPush(key, body))).verdict is Verdict.DELIVERED

    assert await server.lrange(key, 0, -1) == [b'{"version":1}', b"\xff\0"]


async def test_a_list_with_a_bound_keeps_its_newest(redis, server, key):
    for n in range(5):
        await redis.carry(RedisPush(key, b"%d" % n, most=3))

    assert await server.lrange(key, 0, -1) == [b"2", b"3", b"4"]


async def test_a_stream_gets_fields_and_keeps_its_newest(redis, server, key):
    for n in range(5):
        receipt = await redis.carry(RedisAdd(key, {"id": b"e%d" % n, "body": b"{}"}, most=2))

    assert receipt.verdict is Verdict.DELIVERED
    kept = [fields for _, fields in await server.xrange(key)]
    assert kept == [{b"id": b"e3", b"body": b"{}"}, {b"id": b"e4", b"body": b"{}"}]


@pytest.mark.parametrize(
    "parcel",
    [
        lambda key: RedisPush(key, b"x"),
        lambda key: RedisPush(key, b"x", most=3),
        lambda key: RedisAdd(key, {"a": b"x"}),
    ],
    ids=["list", "bounded list", "stream"],
)
async def test_a_key_that_holds_something_else_is_left_alone_for_good(redis, server, key, parcel):
    await server.set(key, "session")
    receipt = await redis.carry(parcel(key))

    assert (receipt.verdict, receipt.reason) == (Verdict.NEVER, "wrong_type")
    assert await server.get(key) == b"session"


@pytest.mark.parametrize("password", ["wrong", ""])
async def test_a_wrong_password_may_be_mended(url, key, password):
    right = urlsplit(url).password
    redis = Redis(url.replace(f"default:{right}@", f"default:{password}@" if password else ""))
    receipt = await redis.carry(RedisPush(key, b"x"))
    await redis.close()

    assert (receipt.verdict, receipt.reason) == (Verdict.LATER, "not_authorised")
    assert right not in receipt.answer


async def test_a_user_without_the_right_is_told(url, server, key):
    await server.acl_setuser("poor", enabled=True, passwords=["+pw"], keys=["other:*"])
    split = urlsplit(url)
    redis = Redis(f"redis://poor:pw@{split.hostname}:{split.port}/0")
    receipt = await redis.carry(RedisPush(key, b"x"))
    await redis.close()

    assert (receipt.verdict, receipt.reason) == (Verdict.LATER, "not_authorised")


async def test_down_and_up_again_it_is_reached_without_a_new_start(over_line, line, server, key):
    before = await over_line.carry(RedisPush(key, b"1"))
    line.close()
    down = [await over_line.carry(RedisPush(key, b"2")) for _ in range(2)]
    await line.open()
    after = await over_line.carry(RedisPush(key, b"3"))

    assert (before.verdict, after.verdict) == (Verdict.DELIVERED, Verdict.DELIVERED)
    assert {(each.verdict, each.reason) for each in down} == {(Verdict.LATER, "unreachable")}
    assert await server.lrange(key, 0, -1) == [b"1", b"3"]


async def test_a_redis_that_says_nothing_more_is_given_up_in_time(over_line, line, key):
    await over_line.carry(RedisPush(key, b"1"))
    line.block()
    blocked = await over_line.carry(RedisPush(key, b"2"))
    line.unblock()
    after = await over_line.carry(RedisPush(key, b"3"))

    assert (blocked.verdict, blocked.reason) == (Verdict.LATER, "timed_out")
    assert after.verdict is Verdict.DELIVERED


async def test_nothing_is_connected_before_it_is_needed(url, line):
    split = urlsplit(url)
    redis = Redis(url.replace(f":{split.port}/", f":{line.port}/"))
    await redis.close()

    assert line.connections == 0


@asynccontextmanager
async def refusing(error: bytes) -> AsyncIterator[int]:
    """The port of one that refuses every write in these words; no test can fill the memory of the one all share."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            words = [await _word(reader) for _ in range(int(line[1:]))]
            writer.write((error if words[0] == b"RPUSH" else b"+OK") + b"\r\n")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def _word(reader: asyncio.StreamReader) -> bytes:
    length = int((await reader.readline())[1:])
    return (await reader.readexactly(length + 2))[:-2]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (b"-OOM command not allowed when used memory > 'maxmemory'.", "out_of_memory"),
        (b"-READONLY You can't write against a read only replica.", "read_only"),
        (b"-LOADING Redis is loading the dataset in memory", "loading"),
        (b"-MISCONF Redis is configured to save RDB snapshots", "refused"),
        (b"-NOAUTH Authentication required.", "not_authorised"),
    ],
)
async def test_a_redis_that_can_take_nothing_may_take_it_later(error, reason, key):
    async with refusing(error) as port:
        redis = Redis(f"redis://127.0.0.1:{port}/0?protocol=2")
        receipt = await redis.carry(RedisPush(key, b"x"))
        await redis.close()

    assert (receipt.verdict, receipt.reason) == (Verdict.LATER, reason)
    assert receipt.slow is (reason == "out_of_memory")
