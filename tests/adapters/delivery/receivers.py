"""Receivers of every kind, bare enough to misbehave, and names that lead wherever a test wants."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address

from rallypoint.adapters.delivery.names import NameUnknown
from rallypoint.kernel.networks import AnyAddress

Answer = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass
class Receiver:
    port: int = 0
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    """How often anybody connected."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"


def saying(answer: bytes) -> Answer:
    async def say(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()

    return say


@asynccontextmanager
async def receiver(
    answer: Answer = saying(OK),  # noqa: B008
    *,
    tls: ssl.SSLContext | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
) -> AsyncIterator[Receiver]:
    seen = Receiver()
    serving: set[asyncio.Task[None] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.connections += 1
        serving.add(asyncio.current_task())
        with suppress(asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            try:
                await _serve(seen, answer, reader, writer)
            finally:
                writer.close()

    server = await asyncio.start_server(serve, host, port, ssl=tls)
    seen.port = server.sockets[0].getsockname()[1]
    try:
        yield seen
    finally:
        server.close()
        for task in filter(None, serving):
            task.cancel()
        await asyncio.gather(*filter(None, serving), return_exceptions=True)


async def _serve(
    seen: Receiver, answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    while not writer.is_closing():
        request = await _request(reader)
        seen.requests.append(request)
        await answer(request, writer)


async def _request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return head + await reader.readexactly(length)


class Told:
    """Names with the addresses a test gives them, others every time if it gives an iterator."""

    def __init__(self, **names: Sequence[str] | Iterator[Sequence[str]]) -> None:
        self.names = {name.replace("_", "."): given for name, given in names.items()}
        self.asked: list[str] = []

    async def look_up(self, host: str) -> Sequence[AnyAddress]:
        self.asked.append(host)
        given = self.names.get(host.removesuffix("."), ())
        found = next(given) if isinstance(given, Iterator) else given
        if not found:
            raise NameUnknown(host)
        return [ip_address(each) for each in found]

    def close(self) -> None: ...
