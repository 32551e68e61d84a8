"""The whole program as a process of its own, on a fakecord of this test's own, by a clock that the test moves."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from fakecord import Fakecord, GuildHandle, Member
from rallypoint.adapters.db import Database
from tests import nursery

LOOK = 0.02
PATIENCE = 20.0
"""Seconds a test waits for what must happen, in real time: two cores, and many tests at once."""


class Program:
    """`rallypoint up`: started, killed and started again at will; it keeps its database."""

    def __init__(self, fake: Fakecord, database_url: str, folder: Path) -> None:
        self.fake = fake
        self.database_url = database_url
        self.folder = folder
        self.log = folder / "rallypoint.log"
        self.settings: dict[str, str] = {}
        """More of them, from the next start on."""
        self._process: nursery.Program | None = None

    async def start(self) -> None:
        """Until the bot is connected and its commands are there."""
        sessions = self.fake.gateway.identifies
        self._process = await self.spawn("up")
        await self.until(
            lambda: self.fake.gateway.connected and self.fake.gateway.identifies > sessions
        )
        await self.until(lambda: b"The program is ready" in self._since_start())

    async def spawn(self, command: str) -> nursery.Program:
        environment = {
            **{name: value for name, value in os.environ.items() if "RALLYPOINT" not in name},
            "RALLYPOINT_TOKEN": self.fake.token,
            "RALLYPOINT_DISCORD_URL": self.fake.url,
            "RALLYPOINT_DATABASE_URL": self.database_url,
            "RALLYPOINT_DATA": str(self.folder),
            "RALLYPOINT_PORT": "0",
            "RALLYPOINT_METRICS_PORT": "0",
            "RALLYPOINT_LOG_FORMAT": "json",
            "RALLYPOINT_TEST_CLOCK": f"{self.fake.url}/_control/clock/stream",
            **self.settings,
        }
        with self.log.open("ab") as log:
            return await nursery.start(command, env=environment, cwd=self.folder, log=log.fileno())

    def _since_start(self) -> bytes:
        return self.log.read_bytes().rpartition(b"=== killed ===\n")[2]

    async def until(self, condition) -> None:
        try:
            await self.fake.until(condition, timeout=PATIENCE)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self._said()}") from None

    def _said(self) -> str:
        return f"\nThe program said:\n{self.log.read_text()[-4000:]}"

    async def kill(self) -> None:
        """kill -9"""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        await self._process.wait()
        self._process = None
        with self.log.open("ab") as log:
            log.write(b"=== killed ===\n")

    async def stop(self) -> int:
        assert self._process is not None
        self._process.terminate()
        code = await asyncio.wait_for(self._process.wait(), PATIENCE)
        self._process = None
        return code

    async def end(self) -> None:
        if self._process is not None:
            await self.kill()

    async def notes(self, *states: str) -> None:
        """Wait until the program's rooms, the oldest first, are in these states."""
        await self._read("SELECT state FROM room ORDER BY id", lambda seen: seen == [*states])

    async def tells(self, *sessions: str) -> None:
        """Wait until the personal sessions, the oldest first, are in these states or have ended for these reasons."""
        ended = "CASE WHEN ended_at IS NULL THEN state ELSE reason END"
        statement = f"SELECT {ended} FROM voice_session ORDER BY id"
        await self._read(statement, lambda seen: seen == [*sessions])

    async def passes(self, seconds: float) -> None:
        """At least a minute goes by, until the program has done what it does every minute."""
        self.fake.clock.advance(seconds)
        now = datetime.fromtimestamp(self.fake.clock.now(), UTC) - timedelta(seconds=1)
        await self._read(
            "SELECT due_at FROM timer WHERE kind = 'rooms.reconcile'",
            lambda due: min(_moment(each) for each in due) > now,
        )

    async def _read(self, statement: str, is_enough: Callable[[list[Any]], bool]) -> None:
        """Look into the database, beside the program, until it holds what is waited for."""
        give_up_at = asyncio.get_running_loop().time() + PATIENCE
        async with await Database.open(self.database_url) as database:
            while True:
                async with database.sessions() as session:
                    seen = list(await session.scalars(text(statement)))
                if is_enough(seen):
                    return
                if asyncio.get_running_loop().time() > give_up_at:
                    raise AssertionError(f"{statement} says {seen}\n{self._said()}")
                await asyncio.sleep(LOOK)


def _moment(value: datetime | str) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@pytest.fixture
def bob(guild: GuildHandle) -> Member:
    return guild.member("bob")


@pytest.fixture
async def program(
    fake: Fakecord,
    guild: GuildHandle,
    alice: Member,
    bob: Member,
    database_url: str,
    tmp_path: Path,
) -> AsyncIterator[Program]:
    """Running, in a guild whose owner is alice."""
    program = Program(fake, database_url, tmp_path)
    await program.start()
    yield program
    await program.end()
