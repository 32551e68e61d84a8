"""`python -m bench.bots.pages ROOMS`: the least that shows rooms on a page by FastAPI and Jinja2, and keeps it live."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator

import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse, StreamingResponse
from jinja2 import Environment
from starlette.middleware.gzip import GZipMiddleware

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Rooms</title></head><body><h1>Rooms</h1>
<ul>{% for room in rooms %}<li id="room-{{ room.id }}"><h2>{{ room.name }}</h2>
<ul>{% for member in room.members %}<li>{{ member }}</li>{% endfor %}</ul>
<form method="post" action="/rooms/{{ room.id }}/close"><button>Close</button></form></li>{% endfor %}</ul></body>
</html>"""
EVERY = 1.0
"""Seconds."""


class Rooms:
    def __init__(self, count: int) -> None:
        self._template = Environment(autoescape=True).from_string(PAGE)
        self._count = count
        self._turn = 0
        self._message = b""
        self._readers: set[asyncio.Event] = set()

    def page(self) -> str:
        rooms = [
            {
                "id": each,
                "name": f"Room {each}",
                "members": [f"member {each}", f"turn {self._turn}"],
            }
            for each in range(self._count)
        ]
        return self._template.render(rooms=rooms)

    async def turn(self) -> None:
        while True:
            self._turn += 1
            lines = "".join(f"data: {line}\n" for line in self.page().splitlines())
            self._message = f"id: {self._turn}\n{lines}\n".encode()
            for each in self._readers:
                each.set()
            await asyncio.sleep(EVERY)

    async def live(self) -> AsyncIterator[bytes]:
        changed = asyncio.Event()
        self._readers.add(changed)
        try:
            while True:
                yield self._message
                await changed.wait()
                changed.clear()
        finally:
            self._readers.discard(changed)


def application(rooms: Rooms) -> FastAPI:
    app = FastAPI()
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)

    @app.get("/rooms")
    async def page() -> HTMLResponse:
        return HTMLResponse(rooms.page())

    @app.get("/rooms/live")
    async def live() -> StreamingResponse:
        return StreamingResponse(rooms.live(), media_type="text/event-stream")

    return app


async def main(count: int) -> None:
    rooms = Rooms(count)
    turning = asyncio.create_task(rooms.turn())
    # Or each answer takes 40 ms, see adapters/http/server.py.
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        print(json.dumps({"port": listener.getsockname()[1]}), flush=True)
        config = uvicorn.Config(application(rooms), log_config=None, access_log=False)
        await uvicorn.Server(config).serve(sockets=[listener])
    turning.cancel()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
