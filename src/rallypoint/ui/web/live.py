"""One stream of server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from rallypoint.kernel.errors import RallypointError

TAKEN_WITHIN = 10.0
"""Seconds for one piece: who does not read that long is dropped."""
RETRY_MS = 3000
BEAT = b":\n\n"
"""A line that says nothing: it finds out that the other end is gone, and keeps what is between from giving up."""


def event(name: str, data: object, id: str | None = None) -> bytes:
    """*data* becomes one line of JSON."""
    head = f"id: {id}\n" if id else ""
    return f"{head}event: {name}\ndata: ".encode() + orjson.dumps(data) + b"\n\n"


def part(html: str, id: str) -> bytes:
    """Without a name: what htmx puts into the page."""
    lines = "".join(f"data: {line}\n" for line in html.splitlines())
    return f"id: {id}\n{lines}\n".encode()


class Stream(Response):
    """Sends *pieces* until they end, the reader hangs up or does not read. *ended* is called in every case."""

    media_type = "text/event-stream"

    def __init__(self, pieces: AsyncGenerator[bytes], *, ended: Callable[[], None]) -> None:
        self._pieces = pieces
        self._ended = ended
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sending = asyncio.create_task(self._send(send), name="stream")
        leaving = asyncio.create_task(_until_gone(receive), name="stream's reader")
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, leaving):
                task.cancel()
            await asyncio.wait({sending, leaving})
            self._ended()
        if not sending.cancelled():
            sending.result()

    async def _send(self, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        try:
            await _put(send, f"retry: {RETRY_MS}\n\n".encode())
            async for piece in self._pieces:
                await _put(send, piece)
            await _put(send, b"", more=False)
        except TimeoutError:
            # Nothing more can be said: the connection is closed without an end.
            return
        except RallypointError:
            # What was true when it began is not any more, and it is too late to say so by a status.
            await _put(send, b"", more=False)
        finally:
            await self._pieces.aclose()


async def _put(send: Send, piece: bytes, *, more: bool = True) -> None:
    async with asyncio.timeout(TAKEN_WITHIN):
        await send({"type": "http.response.body", "body": piece, "more_body": more})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
