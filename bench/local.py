"""A fakecord and the measured bot, as processes on loopback."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

ROOT = Path(__file__).parents[1]
STARTS_WITHIN = 30


@asynccontextmanager
async def fakecord() -> AsyncIterator[dict[str, str]]:
    """Its announcement: `url`, `control`, `token` …"""
    async with process("-m", "fakecord", "--port", "0", "--json") as (_, said):
        yield said


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


async def post(client: aiohttp.ClientSession, url: str, **body: Any) -> dict[str, Any]:
    async with client.post(url, json=body) as response:
        answer: dict[str, Any] = await response.json()
        if response.status >= 400:
            raise RuntimeError(f"{url}: {answer}")
        return answer
