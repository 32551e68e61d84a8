"""The local Discord, as a process beside us."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from rallypoint.kernel.errors import CannotStart

STARTS_WITHIN = 15
ENDS_WITHIN = 3
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Child:
    process: asyncio.subprocess.Process
    url: str
    token: str

    @property
    def control(self) -> str:
        return f"{self.url}/_control"

    async def watch(self) -> None:
        """Return when it has ended."""
        await self.process.wait()


@asynccontextmanager
async def local_discord(port: int, world: Path, guild: str) -> AsyncIterator[Child]:
    """*guild*: the one that a new world begins with. Raise CannotStart in its own words if it does not start.

    It ends when its standard input closes, which happens however this process ends. It is in a session of its own, so
    that a Ctrl-C meant for us does not end it under a bot that is still connected.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "fakecord", "--until-stdin-closes", "--json"),
        *("--port", str(port), "--state", str(world), "--guild", guild),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    draining = asyncio.create_task(_last_words(process), name="demo.stderr")
    try:
        said = await _first_line(process)
        if not said:
            words = await draining
            raise CannotStart(f"the local Discord does not start: {words or 'it says nothing'}")
        started = json.loads(said)
        yield Child(process, started["url"], started["token"])
    finally:
        await _end(process)
        draining.cancel()


async def _first_line(process: asyncio.subprocess.Process) -> bytes:
    """Empty if it ended, or said nothing in time."""
    if process.stdout is None:
        return b""
    try:
        async with asyncio.timeout(STARTS_WITHIN):
            return await process.stdout.readline()
    except TimeoutError:
        process.kill()
        return b""


async def _last_words(process: asyncio.subprocess.Process) -> str:
    """Read its standard error to the end, so that it never blocks on it; the last line."""
    last = b""
    if process.stderr is not None:
        async for line in process.stderr:
            last = line.strip() or last
    return last.decode(errors="replace").removeprefix("fakecord: ")


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    for insist in (process.terminate, process.kill):
        try:
            async with asyncio.timeout(ENDS_WITHIN):
                await process.wait()
            return
        except TimeoutError:
            insist()
    await process.wait()
