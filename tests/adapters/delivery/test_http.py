"""Web requests: what is said, to whom, and what any answer costs us."""

from __future__ import annotations

import asyncio
import gzip
import ssl
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from rallypoint.adapters.delivery import http as outgoing
from rallypoint.kernel.ids import GuildId
from rallypoint.kernel.outlets import HttpRequest, Receipt, Verdict

from .receivers import OK, Told, receiver, saying

GUEST, OTHER = GuildId(1), GuildId(2)
MB = 2**20


def post(url: str, body: bytes = b"{}", tenant: GuildId | None = GUEST, **headers: str):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpRequest("POST", url, headers=named, body=body, tenant=tenant)


async def carried(http, answer, *, patience: float = 5.0) -> Receipt:
    async with receiver(answer) as here:
        receipt: Receipt = await http(here.port, patience=patience).carry(post(here.url))
    return receipt


async def test_what_is_sent_is_what_was_asked_for(http):
    async with receiver() as here:
        request = post(f"{here.url}a%2Fb/../c?d=e%20f&g", b'{"a":1}', webhook_id="m1")
        receipt = await http(here.port).carry(request)
        [said] = here.requests

    head, body = said.split(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert (receipt.verdict, receipt.status, receipt.answer) == (Verdict.DELIVERED, 200, "ok")
    assert receipt.seconds > 0
    assert lines[0] == b"POST /a%2Fb/../c?d=e%20f&g HTTP/1.1"
    assert body == b'{"a":1}'
    assert {b"webhook-id: m1", b"User-Agent: Rallypoint", b"Accept-Encoding: identity"} <= {*lines}
    assert not [line for line in lines if line.lower().startswith((b"cookie", b"authorization"))]


async def test_a_get_says_no_more_than_its_address(http):
    async with receiver() as here:
        await http(here.port).carry(HttpRequest("GET", f"{here.url}x?y=z", tenant=GUEST))

    assert here.requests[0].startswith(b"GET /x?y=z HTTP/1.1\r\n")
    assert here.requests[0].endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("status", "verdict", "slow", "wait"),
    [
        (204, Verdict.DELIVERED, False, None),
        (404, Verdict.LATER, False, None),
        (410, Verdict.GONE, False, None),
        (429, Verdict.LATER, True, 64.5),
        (502, Verdict.LATER, True, None),
        (503, Verdict.LATER, False, 64.5),
        (504, Verdict.LATER, True, None),
    ],
)
async def test_the_receipt_says_what_the_status_means(http, status, verdict, slow, wait):
    after = "Retry-After: 64.5\r\n" if wait else ""
    receipt = await carried(
        http, saying(f"HTTP/1.1 {status} X\r\n{after}Content-Length: 0\r\n\r\n".encode())
    )

    assert (receipt.verdict, receipt.status, receipt.slow) == (verdict, status, slow)
    assert receipt.retry_in == (timedelta(seconds=wait) if wait else None)


async def test_cookies_are_not_kept(http):
    async with receiver(
        saying(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n")
    ) as here:
        carrier = http(here.port)
        for _ in range(2):
            await carrier.carry(post(here.url))

    assert b"ookie" not in here.requests[1]


async def test_connections_are_kept_for_their_tenant_and_nobody_else(http):
    async with receiver() as here:
        carrier = http(here.port)
        counts = []
        for tenant in (GUEST, GUEST, OTHER, None, GUEST):
            await carrier.carry(post(here.url, tenant=tenant))
            counts.append(here.connections)

    assert counts == [1, 1, 2, 3, 3]


async def test_more_tenants_than_are_kept_cost_no_more_connections(http, monkeypatch):
    monkeypatch.setattr(outgoing, "MOST_TENANTS", 2)
    async with receiver() as here:
        carrier = http(here.port)
        many = [GuildId(n) for n in range(10)]
        receipts = await asyncio.gather(*(carrier.carry(post(here.url, tenant=n)) for n in many))
        for n in (1, 2, 3, 2):
            await carrier.carry(post(here.url, tenant=GuildId(n)))

    assert {each.verdict for each in receipts} == {Verdict.DELIVERED}
    assert len(carrier._sessions) <= 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-A", "a\r\nHost: evil"),
        ("X-A", "a\nb"),
        ("X-A", "a\0"),
        ("X-A", "ü"),
        ("X-A\r\nB", "c"),
        ("X A", "b"),
        ("", "b"),
        ("Host", "evil"),
        ("content-length", "0"),
        ("Transfer-Encoding", "chunked"),
        ("Connection", "close"),
        ("Expect", "100-continue"),
    ],
)
async def test_a_header_that_would_say_something_else_is_refused(http, connected, name, value):
    request = HttpRequest("POST", "https://1.1.1.1/", headers={name: value}, tenant=GUEST)
    receipt = await http().carry(request)

    assert (receipt.verdict, receipt.reason) == (Verdict.NEVER, "header")
    assert connected == []


async def test_an_address_that_cannot_be_read_is_refused_for_good(http):
    receipt = await http().carry(post("https://a@b/"))

    assert (receipt.verdict, receipt.reason) == (Verdict.NEVER, "url_userinfo")


# Answers that are meant to hurt: W-18, W-19, W-23, W-24.


async def silent(_: bytes, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


def dripping(start: bytes, drop: bytes) -> Callable[..., object]:
    async def drip(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while not writer.is_closing():
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(0.01)

    return drip


def flooding(start: bytes, chunk: bytes, most: int = 200) -> Callable[..., object]:
    async def flood(request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        for _ in range(most):
            writer.write(chunk)
            await writer.drain()
        writer.close()

    return flood


async def reset(_: bytes, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


def then_reset(start: bytes) -> Callable[..., object]:
    async def say(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        await writer.drain()
        writer.transport.abort()

    return say


HEAD = b"HTTP/1.1 200 OK\r\n"
FAILING = {
    "silent": (silent, "timed_out"),
    "headers, drop by drop": (dripping(b"HTTP/1.1 200 OK\r\nX: ", b"x"), "timed_out"),
    "endless 1xx": (dripping(b"", b"HTTP/1.1 103 Early\r\nX: y\r\n\r\n"), "timed_out"),
    "reset before any answer": (reset, "broken_off"),
    "reset within the headers": (then_reset(b"HTTP/1.1 200 OK\r\nX"), "broken_off"),
    "HTTP/0.9": (then_reset(b"<html>hello</html>\r\n\r\n"), "bad_answer"),
    "not HTTP at all": (then_reset(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n"), "bad_answer"),
    "1 MB in one header": (
        flooding(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 65_536, 16),
        "bad_answer",
    ),
    "10,000 headers": (flooding(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 100, 100), "bad_answer"),
    "two lengths": (
        saying(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
        "bad_answer",
    ),
}


@pytest.mark.parametrize("kind", FAILING)
async def test_an_answer_that_is_none_is_a_failure_in_bounded_time(http, kind):
    answer, reason = FAILING[kind]
    receipt = await carried(http, answer, patience=0.4 if reason == "timed_out" else 5)

    assert (receipt.verdict, receipt.reason, receipt.status) == (Verdict.LATER, reason, None)
    assert receipt.seconds < 5


DELIVERED = {
    "no body and no end": saying(HEAD + b"\r\n"),
    "204 with a body": saying(b"HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\nhello"),
    "chunks that are none": saying(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n"),
    "body, drop by drop": dripping(HEAD + b"Content-Length: 1000000\r\n\r\n", b"x"),
    "reset within the body": then_reset(HEAD + b"Content-Length: 10\r\n\r\nhel"),
    "10 GB promised": then_reset(HEAD + b"Content-Length: 10000000000\r\n\r\n"),
    "endless body": flooding(HEAD + b"\r\n", b"x" * 65_536, 500),
    "endless chunks": flooding(
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65_536 + b"\r\n", 500
    ),
}


@pytest.mark.parametrize("kind", DELIVERED)
async def test_the_status_says_it_all_whatever_comes_after_it(http, kind):
    receipt = await carried(http, DELIVERED[kind], patience=0.4)

    assert receipt.verdict is Verdict.DELIVERED
    assert len(receipt.answer) <= 1024


@contextmanager
def most_memory() -> Iterator[Callable[[], int]]:
    """How much more memory than before was in use meanwhile, at its worst."""
    tracemalloc.start()
    peak = 0
    try:
        yield lambda: peak
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()


async def test_no_more_than_64_kb_are_read_and_the_connection_is_not_used_again(http):
    sent = 0

    async def flood(_: bytes, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(HEAD + b"Content-Length: 1000000000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x" * 65_536)
            sent += 65_536
            await writer.drain()

    async with receiver(flood) as here:
        carrier = http(here.port)
        with most_memory() as grown:
            for _ in range(3):
                await carrier.carry(post(here.url))

    assert here.connections == 3
    # What the sockets' buffers hold besides.
    assert sent < 3 * 24 * MB
    assert grown() < 8 * MB


async def test_a_compressed_answer_is_not_unpacked(http):
    bomb = gzip.compress(bytes(50 * MB))
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n"
    with most_memory() as grown:
        receipt = await carried(http, saying(head.encode() + bomb))

    assert (receipt.verdict, receipt.answer) == (Verdict.DELIVERED, "")
    assert grown() < 8 * MB


# Certificates: W-25.

AUTHORITY, STRANGER = trustme.CA(), trustme.CA()


def served(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    return context


async def over_tls(http, server: ssl.SSLContext, host: str = "good.example") -> Receipt:
    async with receiver(saying(OK), tls=server) as here:
        carrier = http(here.port, names=Told(good_example=["127.0.0.1"]), tls=trusting())
        receipt: Receipt = await carrier.carry(post(f"https://{host}:{here.port}/"))
        assert bool(here.requests) is (receipt.verdict is Verdict.DELIVERED)
    return receipt


async def test_the_certificate_is_checked_by_the_name_although_an_address_is_called(http):
    server = served(AUTHORITY.issue_cert("good.example"))
    asked: list[str | None] = []
    server.sni_callback = lambda _, name, __: asked.append(name)
    receipt = await over_tls(http, server)

    assert receipt.verdict is Verdict.DELIVERED
    assert asked == ["good.example"]


async def test_an_address_is_checked_by_itself(http):
    server = served(AUTHORITY.issue_cert("127.0.0.1"))

    assert (await over_tls(http, server, "127.0.0.1")).verdict is Verdict.DELIVERED


def old_tls() -> ssl.SSLContext:
    context = served(AUTHORITY.issue_cert("good.example"))
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


BAD = {
    "another name": lambda: served(AUTHORITY.issue_cert("evil.example")),
    "the address alone": lambda: served(AUTHORITY.issue_cert("127.0.0.1")),
    "nobody we know": lambda: served(STRANGER.issue_cert("good.example")),
    "run out": lambda: served(
        AUTHORITY.issue_cert("good.example", not_after=datetime.now(UTC) - timedelta(days=1))
    ),
    "TLS 1.1": old_tls,
}


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("kind", BAD)
async def test_a_certificate_that_is_not_good_ends_it(http, kind):
    receipt = await over_tls(http, BAD[kind]())

    assert receipt.verdict is Verdict.LATER
    assert receipt.reason == "tls" or (kind == "TLS 1.1" and receipt.reason == "unreachable")
