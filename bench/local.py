"""A fakecord and the measured bot, as processes on loopback."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any

import aiohttp
import asyncpg
from sqlalchemy import make_url

ROOT = Path(__file__).parents[1]
STARTS_WITHIN = 30


@asynccontextmanager
async def fakecord() -> AsyncIterator[dict[str, str]]:
    """Its announcement: `url`, `control`, `token` …"""
    async with process("-m", "fakecord", "--port", "0", "--json") as (_, said):
        yield said


@asynccontextmanager
async def rallypoint(
    url: str, token: str, database_url: str, **settings: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The whole program, against the fakecord at *url*."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "RALLYPOINT_TOKEN": token,
            "RALLYPOINT_DISCORD_URL": url,
            "RALLYPOINT_DATABASE_URL": database_url,
            "RALLYPOINT_DATA": folder,
            "RALLYPOINT_PORT": "0",
            "RALLYPOINT_METRICS_PORT": "0",
            "RALLYPOINT_LOG_LEVEL": "error",
        } | settings
        async with started("-m", "rallypoint", "up", environment=environment) as child:
            yield child


@asynccontextmanager
async def process(
    *arguments: str,
) -> AsyncIterator[tuple[asyncio.subprocess.Process, dict[str, Any]]]:
    """A Python program that says one line of JSON once it is ready."""
    async with started(*arguments) as child:
        assert child.stdout is not None
        async with asyncio.timeout(STARTS_WITHIN):
            line = await child.stdout.readline()
        if not line:
            raise RuntimeError(f"{arguments} ended at once")
        yield child, json.loads(line)


@asynccontextmanager
async def started(
    *arguments: str, environment: dict[str, str] | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        env=os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"} | (environment or {}),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield child
    finally:
        if child.returncode is None:
            child.terminate()
        await child.wait()


def stores() -> list[str]:
    """PostgreSQL only where there is a server."""
    return ["SQLite", "PostgreSQL"] if "RALLYPOINT_TEST_POSTGRES" in os.environ else ["SQLite"]


@asynccontextmanager
async def database(store: str) -> AsyncIterator[str]:
    """An empty one of this measurement's own."""
    if store == "SQLite":
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{Path(folder) / 'bench.db'}"
        return
    server = make_url(os.environ["RALLYPOINT_TEST_POSTGRES"])
    name = f"bench_{token_hex(4)}"
    plain = server.set(drivername="postgresql").render_as_string(hide_password=False)
    keeper: asyncpg.Connection[Any] = await asyncpg.connect(plain)
    await keeper.execute(f"CREATE DATABASE {name}")
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        await keeper.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await keeper.close()


async def post(client: aiohttp.ClientSession, url: str, **body: Any) -> dict[str, Any]:
    async with client.post(url, json=body) as response:
        answer: dict[str, Any] = await response.json()
        if response.status >= 400:
            raise RuntimeError(f"{url}: {answer}")
        return answer
