from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aiohttp
import structlog
from pydantic import BaseModel, ValidationError

log = structlog.get_logger(__name__)

LOST = (aiohttp.ClientError, TimeoutError, OSError, ValidationError)
"""What a lost, refused or garbled stream looks like."""


class Reading(BaseModel):
    now: float
    """Seconds since 1970."""
    frozen: bool


class FollowedClock:
    """Follows a stream of lines `{"now": 1700000000.0, "frozen": false}`.

    It stands while the last line says so, else it runs on from it with real time. A stream that is cut is taken up
    again; meanwhile the last line counts.
    """

    def __init__(self, url: str, *, pause: float = 0.2) -> None:
        self._url = url
        self._pause = pause
        self._reading = Reading(now=time.time(), frozen=False)
        self._read_at = time.monotonic()
        self._changed = asyncio.Event()
        self.following = asyncio.Event()
        """Set by the first line: until then it is this machine's clock."""

    def now(self) -> datetime:
        passed = 0.0 if self._reading.frozen else time.monotonic() - self._read_at
        return datetime.fromtimestamp(self._reading.now + passed, UTC)

    async def wait_until(self, moment: datetime) -> None:
        while (left := (moment - self.now()).total_seconds()) > 0:
            changed = self._changed
            try:
                # asyncio's timer may end a little early; the loop looks again.
                async with asyncio.timeout(None if self._reading.frozen else left):
                    await changed.wait()
            except TimeoutError:
                continue

    async def run(self) -> None:
        """Follow until cancelled."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=5)
        async with aiohttp.ClientSession(timeout=timeout) as client:
            while True:
                try:
                    async for reading in self._readings(client):
                        self._take(reading)
                except LOST as error:
                    log.debug("The clock's stream was lost", url=self._url, error=repr(error))
                await asyncio.sleep(self._pause)

    async def _readings(self, client: aiohttp.ClientSession) -> AsyncIterator[Reading]:
        async with client.get(self._url) as response:
            response.raise_for_status()
            async for line in response.content:
                if line.strip():
                    yield Reading.model_validate_json(line)

    def _take(self, reading: Reading) -> None:
        self._reading, self._read_at = reading, time.monotonic()
        self._changed.set()
        self._changed = asyncio.Event()
        self.following.set()
