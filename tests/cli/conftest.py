from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import nursery

Run = Callable[..., Awaitable["Finished"]]


@dataclass(frozen=True)
class Finished:
    code: int
    out: str
    err: str

    def check_one_line(self, code: int, *words: str) -> None:
        """It said one line, what is wrong and what to do, and nothing else."""
        assert self.code == code, self.err
        (line,) = self.err.splitlines()
        assert line.startswith("rallypoint: ")
        for each in words:
            assert each in line


@dataclass(frozen=True)
class Running:
    process: nursery.Program

    @property
    def pid(self) -> int:
        return self.process.pid

    def children(self) -> list[int]:
        return [
            int(each)
            for each in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        ]

    async def line(self) -> dict[str, Any]:
        """The next line it says, which is JSON."""
        assert self.process.stdout is not None
        async with asyncio.timeout(30):
            said = await self.process.stdout.readline()
        assert said, await self.finished()
        read: dict[str, Any] = json.loads(said)
        return read

    async def ends(self, with_signal: signal.Signals) -> Finished:
        self.process.send_signal(with_signal)
        return await self.finished()

    async def finished(self) -> Finished:
        async with asyncio.timeout(30):
            out, err = await self.process.communicate()
        assert self.process.returncode is not None
        return Finished(self.process.returncode, out.decode(), err.decode())


def environment(folder: Path, more: dict[str, str]) -> dict[str, str]:
    """Ours without what a developer may have set; logs kept to errors, temporary files to *folder*."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("RALLYPOINT_")}
    # Many short processes: each would compile the program anew.
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return kept | {"RALLYPOINT_LOG_LEVEL": "error", "TMPDIR": str(folder)} | more


@asynccontextmanager
async def started(folder: Path, *args: object, **env: str) -> AsyncIterator[Running]:
    env = environment(folder, env)
    process = await nursery.start(*map(str, args), env=env, cwd=folder)
    try:
        yield Running(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


@pytest.fixture
def rallypoint(tmp_path) -> Run:
    """Run a command to its end in an empty folder."""

    async def run(*args: object, **env: str) -> Finished:
        async with started(tmp_path, *args, **env) as running:
            return await running.finished()

    return run


@pytest.fixture
def start(tmp_path):
    """Start a command in an empty folder: an asynchronous context manager of a Running."""
    return lambda *args, **env: started(tmp_path, *args, **env)


@pytest.fixture
async def http(tls):
    async with httpx.AsyncClient(timeout=10, verify=tls) as client:
        yield client


async def first_child(running: Running) -> int:
    async with asyncio.timeout(20):
        while not (children := running.children()):  # noqa: ASYNC110  # a stranger's start is not an event
            await asyncio.sleep(0.02)
    return children[0]


async def gone(pid: int) -> None:
    """Return once no such process is running."""
    async with asyncio.timeout(10):
        while _is_running(pid):  # noqa: ASYNC110  # a stranger's end is not an event
            await asyncio.sleep(0.02)


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
