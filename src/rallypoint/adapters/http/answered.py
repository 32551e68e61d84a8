"""An answer that is looked at as a whole before it is sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass(slots=True)
class Answered:
    status: int
    headers: MutableHeaders
    body: bytes = b""

    async def send(self, send: Send) -> None:
        start = {"status": self.status, "headers": self.headers.raw}
        await send({"type": "http.response.start", **start})
        await send({"type": "http.response.body", "body": self.body})

    def packed(self) -> bytes:
        headers = [
            [name.decode("latin-1"), value.decode("latin-1")] for name, value in self.headers.raw
        ]
        return json.dumps([self.status, headers, self.body.decode("latin-1")]).encode()

    @classmethod
    def unpacked(cls, packed: bytes) -> Self:
        status, headers, body = json.loads(packed)
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return cls(status, MutableHeaders(raw=raw), body.encode("latin-1"))


@dataclass(slots=True)
class Collector:
    """A `send` that keeps back the answers that are *wanted*, by their status and headers, and lets through others."""

    onward: Send
    wanted: Callable[[Answered], bool]
    kept: Answered | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=list(message["headers"]))
            begun = Answered(message["status"], headers)
            self.kept = begun if self.wanted(begun) else None
        if self.kept is None:
            await self.onward(message)
        elif message["type"] == "http.response.body":
            self.kept.body += message.get("body", b"")


async def collect(
    app: ASGIApp, scope: Scope, receive: Receive, send: Send, wanted: Callable[[Answered], bool]
) -> Answered | None:
    """None: it was not wanted, and is sent already."""
    collector = Collector(send, wanted)
    await app(scope, receive, collector)
    return collector.kept
