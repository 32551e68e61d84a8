"""Programs born warm: each is a fork of a process that has imported everything, and a process of its own from then on.

To import the program takes seconds of the processor's time, and the tests start it a hundred times.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
WARM_WITHIN = 60.0
"""Seconds."""


class Program:
    """As asyncio's subprocess, as far as the tests need it."""

    def __init__(self, line: socket.socket, pid: int) -> None:
        self._line = line
        self._died: asyncio.Task[int] = asyncio.create_task(self._hear())
        self.pid = pid
        self.returncode: int | None = None
        self.stdout: asyncio.StreamReader | None = None
        self.stderr: asyncio.StreamReader | None = None

    async def _hear(self) -> int:
        said = await asyncio.get_running_loop().sock_recv(self._line, 64)
        self._line.close()
        self.returncode = int(said or -signal.SIGKILL)
        return self.returncode

    async def wait(self) -> int:
        return await asyncio.shield(self._died)

    async def communicate(self) -> tuple[bytes, bytes]:
        out, err = [await each.read() if each else b"" for each in (self.stdout, self.stderr)]
        await self.wait()
        return out, err

    def send_signal(self, which: int) -> None:
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, which)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


async def start(*args: str, env: Mapping[str, str], cwd: Path, log: int | None = None) -> Program:
    """`rallypoint` with *args*. What it says goes to *log*; without one, to its `stdout` and `stderr`."""
    outlets = [] if log is not None else [os.pipe(), os.pipe()]
    out, err = (log, log) if log is not None else (outlets[0][1], outlets[1][1])
    line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    line.connect(_nursery())
    wanted = json.dumps({"args": args, "env": dict(env), "cwd": str(cwd)})
    socket.send_fds(line, [wanted.encode()], [out, err])
    line.setblocking(False)
    pid = int(await asyncio.get_running_loop().sock_recv(line, 64))
    program = Program(line, pid)
    if outlets:
        for _, theirs in outlets:
            os.close(theirs)
        program.stdout, program.stderr = [await _reader(ours) for ours, _ in outlets]
    return program


async def _reader(pipe: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=1 << 20)
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, os.fdopen(pipe, "rb"))
    return reader


@cache
def _nursery() -> str:
    """Where this process's own listens. It ends with this process."""
    folder = tempfile.TemporaryDirectory(prefix="nursery")
    atexit.register(folder.cleanup)
    address = f"{folder.name}/socket"
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(address)
    listener.listen(64)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.nursery", str(listener.fileno())],
        pass_fds=[listener.fileno()],
        stdin=subprocess.PIPE,
        cwd=ROOT,
    )
    listener.close()
    atexit.register(process.communicate)
    return address
