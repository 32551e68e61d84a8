"""A contestant at work: its store, its client, its worker, each a process, and what they wrote down."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from . import starts, usage
from .roster import ROSTER, Entry

ROOT = Path(__file__).parents[2]
PEERS = ROOT / ".venv-bench" / "bin"
ANSWERS_WITHIN = 300.0
SERVERS = {
    "postgres": "RALLYPOINT_TEST_POSTGRES",
    "redis": "RALLYPOINT_TEST_REDIS",
    "amqp": "RALLYPOINT_TEST_AMQP",
}


class Failed(Exception):
    """A contestant that cannot take part, or fell; the message says why in a line."""


@dataclass
class Stage:
    name: str
    entry: Entry
    folder: Path
    store: str
    ticks: bool
    client: asyncio.subprocess.Process | None = None
    workers: list[asyncio.subprocess.Process] = field(default_factory=list)

    async def run(self, role: str) -> None:
        """To its end."""
        process = await self._start(self._program(role))
        if await asyncio.wait_for(process.wait(), ANSWERS_WITHIN):
            raise Failed(self._end_of_log())

    async def open_client(self) -> None:
        role = "both" if self.entry.embedded else "client"
        self.client = await self._start(self._program(role), asyncio.subprocess.PIPE)
        await self._answer()

    async def ask(self, do: str, **what: Any) -> dict[str, Any]:
        """What the client answers: `answer` and the `seconds` it took."""
        assert self.client is not None
        assert self.client.stdin is not None
        self.client.stdin.write(json.dumps({"do": do, **what}).encode() + b"\n")
        return await self._answer()

    async def start_worker(self) -> None:
        if self.entry.embedded:
            if self.client is None:
                await self.open_client()
            await self.ask("work")
            return
        own = self.entry.worker
        self.workers.append(await self._start(self._own(own) if own else self._program("worker")))
        if self.ticks and self.entry.ticker:
            self.workers.append(await self._start(self._own(self.entry.ticker)))

    async def kill_worker(self) -> None:
        """As a power cut would."""
        if self.entry.embedded:
            assert self.client is not None
            await _kill(self.client)
            self.client = None
        for worker in self.workers:
            await _kill(worker)
        self.workers.clear()

    async def close(self) -> None:
        await self.kill_worker()
        if self.client is not None:
            await _kill(self.client)

    def cpu_seconds(self) -> float:
        return sum(usage.cpu_seconds(process.pid) for process in self._working())

    def resident(self) -> float:
        return sum(usage.resident(process.pid) for process in self._working())

    def starts(self, first: int, count: int) -> list[starts.Start]:
        return [s for s in starts.read(self.folder) if first <= s.number < first + count]

    def counted(self) -> int:
        return starts.counted(self.folder)

    async def until_started(self, first: int, count: int, *, within: float) -> bool:
        """Whether each of these jobs was started in time."""
        until = time.monotonic() + within
        before = self.counted() - len(self.starts(first, count))
        while time.monotonic() < until:
            if self.counted() >= before + count:
                if len({start.number for start in self.starts(first, count)}) == count:
                    return True
                before += 1
            self.check_alive()
            await asyncio.sleep(0.02)
        return False

    def check_alive(self) -> None:
        for process in (*self.workers, self.client):
            if process is not None and process.returncode is not None:
                raise Failed(self._end_of_log())

    def _working(self) -> list[asyncio.subprocess.Process]:
        if self.entry.embedded:
            return [self.client] if self.client is not None else []
        return self.workers

    async def _answer(self) -> dict[str, Any]:
        assert self.client is not None
        assert self.client.stdout is not None
        async with asyncio.timeout(ANSWERS_WITHIN):
            while line := await self.client.stdout.readline():
                # A library may have something to say there, too.
                if line.startswith(b"="):
                    answer: dict[str, Any] = json.loads(line[1:])
                    return answer
        raise Failed(self._end_of_log())

    def _program(self, role: str) -> list[str | Path]:
        python = sys.executable if self.entry.ours else PEERS / "python"
        return [python, "-m", "bench.jobs.process", self.name, role]

    @staticmethod
    def _own(words: Sequence[str]) -> list[str | Path]:
        return [PEERS / words[0], *words[1:]]

    async def _start(
        self, command: Sequence[str | Path], pipes: int = asyncio.subprocess.DEVNULL
    ) -> asyncio.subprocess.Process:
        with (self.folder / "log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *command,
                cwd=ROOT,
                env=os.environ | self._environment(),
                stdin=pipes,
                stdout=log if pipes == asyncio.subprocess.DEVNULL else pipes,
                stderr=log,
                start_new_session=True,
            )

    def _environment(self) -> Mapping[str, str]:
        return {
            "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
            "BENCH_STORE": self.store,
            "BENCH_NAME": self.folder.name,
            "BENCH_FOLDER": str(self.folder),
            "BENCH_TICKS": "1" if self.ticks else "0",
        }

    def _end_of_log(self) -> str:
        lines = (self.folder / "log").read_text(errors="replace").strip().splitlines()
        return lines[-1][:300] if lines else "it ended without a word"


@asynccontextmanager
async def set_up(name: str, place: str | None, *, ticks: bool = False) -> AsyncIterator[Stage]:
    """*name* with an empty store, its tables made; nothing is left of it afterwards. Raises Failed."""
    entry = ROSTER[name]
    if not entry.ours and not (PEERS / "python").exists():
        raise Failed("its packages are not installed: `make bench-jobs` does it")
    folder = Path(tempfile.mkdtemp(prefix="rallypoint-bench-", dir=place))
    try:
        async with _store(entry, folder) as store:
            stage = Stage(name, entry, folder, store, ticks)
            try:
                await stage.run("prepare")
                yield stage
            finally:
                await stage.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def _store(entry: Entry, folder: Path) -> AsyncIterator[str]:
    if entry.needs == "sqlite":
        yield f"sqlite:///{folder / 'bench.db'}"
        return
    variable = SERVERS[entry.needs]
    server = os.environ.get(variable)
    if server is None:
        raise Failed(os.environ.get(f"{variable}_MISSING", f"{variable} is not set"))
    if entry.needs != "postgres":
        yield server
        return
    server = server.replace("+asyncpg", "")
    database = f"bench_{secrets.token_hex(6)}"
    await _execute(server, f"CREATE DATABASE {database}")
    try:
        yield f"{server.rpartition('/')[0]}/{database}"
    finally:
        await _execute(server, f"DROP DATABASE {database} WITH (FORCE)")


async def _execute(server: str, statement: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _kill(process: asyncio.subprocess.Process) -> None:
    for member in usage.members(process.pid):
        with suppress(ProcessLookupError):
            os.kill(member, signal.SIGKILL)
    await process.wait()
