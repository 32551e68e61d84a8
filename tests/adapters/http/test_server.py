from __future__ import annotations

import asyncio
import signal

import httpx
import pytest
from fastapi import FastAPI

from rallypoint.adapters.http.server import WebServer, listen
from rallypoint.kernel.errors import CannotStart


def test_a_taken_port_is_one_line_with_what_to_do():
    first = listen("127.0.0.1", 0)
    port = first.getsockname()[1]

    with pytest.raises(CannotStart, match=rf"^port {port} is taken by .* --port$"):
        listen("127.0.0.1", port)
    first.close()


def test_an_address_of_another_machine_is_refused_in_one_line():
    with pytest.raises(CannotStart, match=r"^cannot listen on 192\.0\.2\.1:0 .*RALLYPOINT_HOST$"):
        listen("192.0.2.1", 0)


async def test_stopping_finishes_what_runs_and_accepts_nobody_new():
    app, entered, go = FastAPI(), asyncio.Event(), asyncio.Event()

    @app.get("/slow")
    async def slow() -> str:
        entered.set()
        await go.wait()
        return "done"

    server = WebServer(app, listen("127.0.0.1", 0))
    serving = asyncio.create_task(server.run_until_stopped())
    async with httpx.AsyncClient() as client:
        running = asyncio.create_task(client.get(f"{server.url}/slow"))
        await entered.wait()
        server.stop()
        go.set()
        answer = await running
        await serving

        assert answer.json() == "done"
        with pytest.raises(httpx.ConnectError):
            await client.get(f"{server.url}/slow")


async def test_signals_stay_the_programs():
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    server = WebServer(FastAPI(), listen("127.0.0.1", 0))

    serving = asyncio.create_task(server.run_until_stopped())
    async with httpx.AsyncClient() as client:
        await client.get(server.url)

    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before
    server.stop()
    await serving


async def test_an_answer_without_an_end_is_told_when_the_server_stops():
    app, entered, closing = FastAPI(), asyncio.Event(), asyncio.Event()

    @app.get("/endless")
    async def endless() -> str:
        entered.set()
        await closing.wait()
        return "ended"

    server = WebServer(app, listen("127.0.0.1", 0), closing=closing)
    serving = asyncio.create_task(server.run_until_stopped())
    async with httpx.AsyncClient() as client:
        running = asyncio.create_task(client.get(f"{server.url}/endless"))
        await entered.wait()
        server.stop()

        assert (await running).json() == "ended"
    await serving


async def test_with_nobody_connected_it_ends_as_soon_as_it_is_told(monkeypatch):
    server = WebServer(FastAPI(), listen("127.0.0.1", 0))
    serving = asyncio.create_task(server.run_until_stopped())
    async with httpx.AsyncClient() as client:
        await client.get(server.url)
    while server.server_state.connections:  # noqa: ASYNC110  # its library tells nobody
        await asyncio.sleep(0)
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    server.stop()
    await serving

    assert slept == []
