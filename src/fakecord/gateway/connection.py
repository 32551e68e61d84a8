"""One WebSocket connection: compression, and frames written in order."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable
from typing import Any

import orjson
from aiohttp import web

from fakecord.entities import Json

try:
    import zstandard
except ImportError:
    zstandard = None  # type: ignore[assignment]

LONGEST_GOODBYE = 5.0
Encode = Callable[[bytes], bytes]


class Connection:
    """Frames are queued by the world and written by a task of its own, so that order holds."""

    def __init__(
        self, socket: web.WebSocketResponse, transport: asyncio.Transport, encode: Encode | None
    ) -> None:
        self.closing = False
        self.silent = False
        """A zombie: it takes what it gets and says nothing any more."""
        self._socket = socket
        self._transport = transport
        self._encode = encode
        self._queue: asyncio.Queue[bytes | tuple[int, str]] = asyncio.Queue()
        self._writer = asyncio.create_task(self._write())

    def send(self, frame: bytes) -> None:
        if not self.silent and not self.closing:
            self._queue.put_nowait(frame)

    def send_op(self, op: int, data: Any = None) -> None:
        self.send(orjson.dumps({"op": op, "d": data, "s": None, "t": None}))

    def close(self, code: int, words: str = "") -> None:
        """Once everything queued so far is written."""
        if not self.silent:
            self.closing = True
            self._queue.put_nowait((code, words))

    def go_deaf(self) -> None:
        """As a line that died without anybody noticing: open, and nothing passes either way."""
        self.silent = True
        self._transport.pause_reading()

    def abort(self) -> None:
        """As a pulled cable: no close frame."""
        self._transport.abort()

    async def flood(self, frames: list[bytes]) -> None:
        """Write at once, past the queue: for benches, with nothing else going on."""
        encoded = [self._encoded(frame) for frame in frames]
        for frame in encoded:
            await self._send(frame)

    async def finish(self) -> None:
        self._writer.cancel()
        await asyncio.gather(self._writer, return_exceptions=True)

    async def _write(self) -> None:
        while True:
            item = await self._queue.get()
            try:
                if isinstance(item, tuple):
                    await self._say_goodbye(*item)
                    return
                await self._send(self._encoded(item))
            except ConnectionError:
                return

    async def _say_goodbye(self, code: int, words: str) -> None:
        """And let the client answer it, whose reader then ends this.

        aiohttp's `close` cuts the line at once where somebody is reading; a client that answers a
        moment later takes that for a 1006.
        """
        writer = self._socket._writer
        if writer is not None:
            await writer.close(code, words.encode())
            await asyncio.sleep(LONGEST_GOODBYE)
        self._transport.close()

    def _encoded(self, frame: bytes) -> bytes:
        return self._encode(frame) if self._encode else frame

    async def _send(self, frame: bytes) -> None:
        if self._encode:
            await self._socket.send_bytes(frame)
        else:
            await self._socket.send_str(frame.decode())


def encoder(compress: str | None) -> Encode | None:
    """One stream per connection, flushed after every event; ValueError for what we cannot."""
    if not compress:
        return None
    if compress == "zlib-stream":
        deflate = zlib.compressobj(6)
        return lambda frame: deflate.compress(frame) + deflate.flush(zlib.Z_SYNC_FLUSH)
    if compress == "zstd-stream" and zstandard is not None:
        stream = zstandard.ZstdCompressor(level=3).compressobj()
        flush = zstandard.COMPRESSOBJ_FLUSH_BLOCK
        return lambda frame: stream.compress(frame) + stream.flush(flush)
    raise ValueError(f"compress={compress}")


def payload_of(data: str | bytes) -> Json | None:
    """A client's frame, text or binary; None if it is none."""
    try:
        payload = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    return payload if isinstance(payload, dict) and "op" in payload else None
