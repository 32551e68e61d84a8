from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import pytest

from fakecord import Fakecord
from fakecord import Permission as Bit
from rallypoint.adapters.discord import target
from rallypoint.adapters.discord.client import Bot, Pauses
from rallypoint.adapters.discord.line import Line
from rallypoint.adapters.discord.port import Port
from rallypoint.adapters.discord.supervisor import Supervisor
from rallypoint.adapters.discord.words import Words

FAST = Pauses(first=0.01, most=0.04, identify=0.01)


class Program:
    """A supervisor at work, and the line it keeps."""

    def __init__(self, token: str | None, **options: Any) -> None:
        self.line = Line()
        self.port = Port(self.line, allowed_guilds=options.get("allowed_guilds", ()))
        self.pauses: Pauses = options.pop("pauses", FAST)
        self.cogs: Callable[[], Iterable[Any]] = options.pop("cogs", lambda: ())
        self.options = {"words": Words(), **options}
        self.built: list[Bot] = []
        self.changes: list[bool] = []
        self.supervisor = Supervisor(self.line, token=token, build=self._build, pauses=self.pauses)
        self._changed = asyncio.Event()
        self.line.watch(self._note)
        self.running = asyncio.create_task(self.supervisor.run())

    async def until_connected(self, *, times: int = 1) -> None:
        """Until it has been connected that often, and is."""
        async with asyncio.timeout(10):
            while self.changes.count(True) < times or not self.line.connected:
                self._changed.clear()
                await self._until_changed_or_ended()

    async def hears(self, event: str, cause: Awaitable[Any] | Callable[[], Any]) -> Any:
        """Do *cause*, and wait until discord.py has digested the next *event*: its payload."""
        parsers = self.built[-1]._connection.parsers
        before, digested = parsers[event], asyncio.get_running_loop().create_future()

        def parse(payload: Any) -> None:
            before(payload)
            parsers[event] = before
            digested.set_result(payload)

        parsers[event] = parse
        await cause if isinstance(cause, Awaitable) else cause()
        async with asyncio.timeout(10):
            return await digested

    async def stop(self) -> None:
        self.running.cancel()
        await asyncio.wait([self.running])

    def _build(self) -> Bot:
        bot = Bot(self.line, cogs=self.cogs(), pauses=self.pauses, **self.options)
        self.built.append(bot)
        return bot

    def _note(self, connected: bool) -> None:
        self.changes.append(connected)
        self._changed.set()

    async def _until_changed_or_ended(self) -> None:
        changed = asyncio.ensure_future(self._changed.wait())
        try:
            await asyncio.wait({changed, self.running}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            changed.cancel()
        if self.running.done():
            self.running.result()


@pytest.fixture
async def fake():
    async with Fakecord(port=0) as fake:
        target.point_at(fake.url)
        yield fake
        target.point_at(None)
        assert fake.unknown_routes == []


@pytest.fixture
async def start(fake):
    """`start(token=…, cogs=…)` → a Program, not yet connected; stopped at the end."""
    programs: list[Program] = []

    def start(**options: Any) -> Program:
        programs.append(Program(options.pop("token", fake.token), **options))
        return programs[-1]

    yield start
    for program in programs:
        await program.stop()


RIGHTS = Bit.VIEW_CHANNEL | Bit.CONNECT | Bit.MANAGE_CHANNELS | Bit.MOVE_MEMBERS


@pytest.fixture
def home(fake):
    return fake.guild("Home", bot_permissions=RIGHTS | Bit.VIEW_AUDIT_LOG)


@pytest.fixture
def alice(home):
    return home.member("alice", owner=True)


@pytest.fixture
async def program(start, home):
    program = start()
    await program.until_connected()
    return program


@pytest.fixture
def port(program):
    return program.port
