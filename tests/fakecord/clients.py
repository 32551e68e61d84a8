"""Clients without any library in between: what is really on the wire."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import zstandard

BROUGHT_LATE = 5.0


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def code(self) -> int | str:
        """The error's code, of REST or of the control door; 0 if there is none."""
        if not isinstance(self.body, dict):
            return 0
        error: dict[str, Any] = self.body.get("error") or self.body
        code: int | str = error.get("code", 0)
        return code


@dataclass(frozen=True)
class Api:
    http: aiohttp.ClientSession
    url: str
    headers: Mapping[str, str]

    async def __call__(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        given = {} if body is None else {"json": body}
        async with self.http.request(
            method, self.url + path, headers={**self.headers, **(headers or {})}, **given
        ) as response:
            is_json = response.content_type == "application/json"
            read = await response.json() if is_json else await response.text()
            return Answer(response.status, response.headers, read)


class Socket:
    """A gateway connection, with what it received in `heard`."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        compress = socket._response.url.query.get("compress")
        decoders: dict[str, Any] = {
            "zlib-stream": zlib.decompressobj().decompress,
            "zstd-stream": zstandard.ZstdDecompressor().decompressobj().decompress,
        }
        self._decode = decoders.get(compress or "", bytes)
        self.heard: list[dict[str, Any]] = []

    @property
    def events(self) -> list[str]:
        return [each["t"] for each in self.heard if each["op"] == 0]

    @property
    def close_code(self) -> int | None:
        return self._socket.close_code

    async def send(self, op: int, data: Any = None, *, binary: bool = False) -> None:
        if binary:
            await self._socket.send_bytes(b'{"op":%d,"d":null}' % op)
        else:
            await self._socket.send_json({"op": op, "d": data})

    async def send_text(self, text: str) -> None:
        await self._socket.send_str(text)

    async def receive(self) -> dict[str, Any] | None:
        """The next payload; None once the connection is closed."""
        message = await asyncio.wait_for(self._socket.receive(), BROUGHT_LATE)
        if message.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
            return None
        data = message.data
        decoded = data if isinstance(data, str) else self._decode(data)
        payload: dict[str, Any] = json.loads(decoded)
        self.heard.append(payload)
        return payload

    async def next(self, op: int, name: str | None = None) -> dict[str, Any]:
        """The next payload with that opcode (and event name), what comes before it is kept in `heard`."""
        while True:
            payload = await self.receive()
            assert payload is not None, f"closed with {self.close_code} before op {op} {name or ''}"
            if payload["op"] == op and name in (None, payload.get("t")):
                return payload

    async def event(self, name: str) -> Any:
        return (await self.next(0, name))["d"]

    async def closed(self) -> int | None:
        while await self.receive() is not None:
            pass
        return self.close_code

    async def identify(self, token: str, intents: int, **more: Any) -> Any:
        """READY's data."""
        await self.send(2, {"token": token, "properties": {}, "intents": intents, **more})
        return await self.event("READY")

    async def settle(self) -> list[str]:
        """Everything sent so far has arrived once this heartbeat is acknowledged."""
        await self.send(1)
        await self.next(11)
        return self.events

    async def close(self, code: int = 4000) -> None:
        """4000 keeps the session, as discord.py does when it means to resume."""
        await self._socket.close(code=code)
