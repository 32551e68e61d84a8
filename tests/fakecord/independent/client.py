"""A bot in another language or library, as a process that is told what to do and says what it saw."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fakecord import Fakecord

HERE = Path(__file__).parent
PROGRAMS = {
    "discord.js": ("RALLYPOINT_TEST_DISCORD_JS", HERE / "discord_js" / "bot.mjs"),
    "hikari": ("RALLYPOINT_TEST_CLIENTS", HERE / "hikari_bot.py"),
}
PATIENCE = 20.0
Line = dict[str, Any]


class Failed(Exception):
    """What was asked did not work: `status` and Discord's `code`, as the library told them."""

    def __init__(self, told: Line) -> None:
        super().__init__(told["says"])
        self.status: int | None = told["status"]
        self.code: int | None = told["code"]


class Client:
    """Every line is taken once, by who waits for it; the others are kept."""

    def __init__(self, process: asyncio.subprocess.Process, fake: Fakecord) -> None:
        self._process = process
        self._fake = fake
        self._kept: list[Line] = []

    async def hears(self, event: str) -> Line:
        """The next such event that it says it heard."""
        return await self._take(lambda line: line.get("event") == event)

    async def does(self, deed: str, **given: Any) -> Any:
        """What it says came of it; raises Failed."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"deed": deed, **given}).encode() + b"\n")
        done = await self._take(lambda line: line.get("did") == deed)
        if "failed" in done:
            raise Failed(done["failed"])
        return done["result"]

    async def _take(self, wanted: Callable[[Line], bool]) -> Line:
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    for at, line in enumerate(self._kept):
                        if wanted(line):
                            return self._kept.pop(at)
                    self._kept.append(await self._read())
        except TimeoutError as late:
            raise AssertionError(f"it says nothing\n{self._fake.describe()}") from late

    async def _read(self) -> Line:
        assert self._process.stdout is not None
        said = await self._process.stdout.readline()
        if not said:
            assert self._process.stderr is not None
            raise AssertionError(f"it ended: {(await self._process.stderr.read()).decode()}")
        try:
            line: Line = json.loads(said)
        except ValueError as error:
            raise AssertionError(f"it said {said.decode()}") from error
        return line


@asynccontextmanager
async def running(name: str, fake: Fakecord) -> AsyncIterator[Client]:
    """The client of that library, ready; it ends with its standard input, well and with no complaint."""
    variable, script = PROGRAMS[name]
    process = await asyncio.create_subprocess_exec(
        os.environ[variable],
        script,
        fake.api_url,
        fake.token,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        client = Client(process, fake)
        await client.hears("ready")
        yield client
        assert process.stdin is not None
        process.stdin.close()
        _, complaints = await asyncio.wait_for(process.communicate(), PATIENCE)
        if process.returncode or complaints:
            raise AssertionError(f"it ended with {process.returncode}: {complaints.decode()}")
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
