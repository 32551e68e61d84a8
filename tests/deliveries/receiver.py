"""Somebody who is sent events, and answers as the test wants."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    await receiver.start()
    try:
        yield receiver
    finally:
        await receiver.stop()


@dataclass(frozen=True)
class Got:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


@dataclass
class Receiver:
    """`answers`: taken one after the other, then 200 for ever. A status, or `None` for hanging up."""

    answers: list[int | None] = field(default_factory=list)
    always: int | None = 200
    wrong: set[str] = field(default_factory=set)
    """Subjects that it answers 500."""
    got: list[Got] = field(default_factory=list)
    hold: asyncio.Event | None = None
    waiting: int = 0
    url: str = ""

    async def start(self) -> None:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(application, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        body = await request.read()
        got = Got(request.method, request.path_qs, dict(request.headers), body)
        self.got.append(got)
        if self.hold is not None:
            self.waiting += 1
            await self.hold.wait()
        answer = self.answers.pop(0) if self.answers else self.always
        if body and got.json["subject"] in self.wrong:
            answer = 500
        if answer is None:
            assert request.transport is not None
            request.transport.close()
        return web.Response(status=answer or 200, text="so it is")

    @property
    def ids(self) -> list[str]:
        return [each.json["id"] for each in self.got]

    @property
    def subjects(self) -> list[str]:
        return [each.json["subject"] for each in self.got]
