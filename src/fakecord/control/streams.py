"""Streams: the clock for other processes, and changes for a page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import orjson
from aiohttp import web

from fakecord.core import Core


async def clock(core: Core, request: web.Request) -> web.StreamResponse:
    """NDJSON: ``{"now", "frozen"}`` at once, then again at each change by hand."""

    def line(_: str = "") -> bytes:
        return orjson.dumps({"now": core.clock.now(), "frozen": core.clock.frozen}) + b"\n"

    def listen(tell: Callable[[str], None]) -> Callable[[], None]:
        return core.clock.listen(lambda: tell(""))

    return await _stream(request, "application/x-ndjson", line, listen)


async def events(core: Core, request: web.Request) -> web.StreamResponse:
    """Server-sent events: ``{"version", "kind"}`` at once and at each change."""

    def line(kind: str = "STATE") -> bytes:
        told = orjson.dumps({"version": core.world.version, "kind": kind})
        return b"data: " + told + b"\n\n"

    return await _stream(request, "text/event-stream", line, core.pulse.listen)


async def _stream(
    request: web.Request,
    content_type: str,
    line: Callable[[str], bytes],
    listen: Callable[[Callable[[str], None]], Callable[[], None]],
) -> web.StreamResponse:
    response = web.StreamResponse(
        headers={"Content-Type": content_type, "Cache-Control": "no-store"}
    )
    await response.prepare(request)
    waiting: asyncio.Queue[bytes] = asyncio.Queue()
    stop = listen(lambda kind: waiting.put_nowait(line(kind)))
    try:
        await response.write(line("STATE"))
        while True:
            await response.write(await waiting.get())
    except ConnectionError:
        return response
    finally:
        stop()
