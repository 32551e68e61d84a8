"""A line between us and a server, which a test can cut, block or take away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Line:
    def __init__(self, host: str, port: int) -> None:
        self._host, self._far_port = host, port
        self._ends: set[asyncio.StreamWriter] = set()
        self._pumps: set[asyncio.Task[None]] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self._server: asyncio.Server | None = None
        self.port = 0
        self.connections = 0

    async def open(self) -> None:
        """At the same port as before, if it was open before."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """As when the server is killed: connections are reset, new ones are refused."""
        if self._server is not None:
            self._server.close()
        self.cut()

    def cut(self) -> None:
        """What is connected now; whoever connects again gets through."""
        for writer in self._ends:
            writer.transport.abort()
        self._ends.clear()

    def block(self) -> None:
        """What is sent arrives nowhere, and nobody is told."""
        self._flows.clear()

    def unblock(self) -> None:
        self._flows.set()

    async def end(self) -> None:
        self.close()
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        far_reader, far_writer = await asyncio.open_connection(self._host, self._far_port)
        self._ends |= {writer, far_writer}
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            pump = asyncio.create_task(self._pump(source, sink))
            self._pumps.add(pump)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while chunk := await source.read(65_536):
                await self._flows.wait()
                sink.write(chunk)
                await sink.drain()
        sink.close()


@asynccontextmanager
async def line_to(host: str, port: int) -> AsyncIterator[Line]:
    line = Line(host, port)
    await line.open()
    yield line
    await line.end()
