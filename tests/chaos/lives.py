"""The test's end of the zygote: programs that are born, are ready, and die."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

from .plan import STEP

ROOT = Path(__file__).parents[2]
WARM_WITHIN = 120.0
"""Seconds, of which a quiet machine takes three."""


class Life:
    """One process of the program, from its fork to its end."""

    def __init__(self, record: Path, end: Callable[[int], None]) -> None:
        self.record = record
        self._end = end
        self.ready = False
        self.asleep = False
        self.exit: int | None = None
        """-9: killed; None: it lives."""
        self._pid: int | None = None

    @property
    def dead(self) -> bool:
        return self.exit is not None

    @property
    def passed(self) -> Counter[str]:
        """How often each label was; of the event loop's turns, up to the last other one."""
        passed: Counter[str] = Counter()
        if self.record.exists():
            for line in self.record.read_text().splitlines():
                label, _, steps = line.partition("\t")
                passed[label] += 1
                passed[STEP] = int(steps)
        return passed

    def hear(self, said: dict[str, Any]) -> None:
        self._pid = said["pid"]
        self.ready = self.ready or "ready" in said
        self.asleep = "asleep" in said
        self.exit = said.get("died", self.exit)

    def kill(self) -> None:
        if self._pid is not None and not self.dead:
            self._end(self._pid)

    def wake(self) -> None:
        assert self._pid is not None
        self.asleep = False
        os.kill(self._pid, signal.SIGCONT)

    def ask_to_end(self) -> None:
        """In good order."""
        assert self._pid is not None
        os.kill(self._pid, signal.SIGTERM)


def _kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


class Midwife:
    """Asks the zygote for programs."""

    def __init__(self, line: socket.socket, process: subprocess.Popen[bytes]) -> None:
        self._line = line
        self._process = process
        self._numbers = itertools.count()
        self._unborn: dict[int, Life] = {}
        self._lives: dict[int, Life] = {}
        self._unread = b""
        self._warm = asyncio.Event()
        self._heard = asyncio.Event()
        self._gone = False

    @classmethod
    @asynccontextmanager
    async def at_work(cls) -> AsyncIterator[Self]:
        """With a zygote of its own, which ends with this."""
        ours, theirs = socket.socketpair()
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.zygote", str(theirs.fileno())],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
            pass_fds=[theirs.fileno()],
        )
        theirs.close()
        ours.setblocking(False)
        midwife = cls(ours, process)
        loop = asyncio.get_running_loop()
        loop.add_reader(ours, midwife._hear)
        try:
            async with asyncio.timeout(WARM_WITHIN):
                await midwife._warm.wait()
            yield midwife
        finally:
            loop.remove_reader(ours)
            ours.close()
            await asyncio.to_thread(process.wait)

    def bear(self, record: Path, *, rehearses: bool = False, **wanted: Any) -> Life:
        """One that *rehearses* is the zygote itself, which bears nobody meanwhile."""
        number = next(self._numbers)
        life = self._unborn[number] = Life(record, self._rest if rehearses else _kill)
        self._say(id=number, record=str(record), rehearses=rehearses, **wanted)
        return life

    def _rest(self, _: int) -> None:
        self._say(rests=True)

    def _say(self, **words: Any) -> None:
        said = json.dumps(words).encode() + b"\n"
        # A line is far shorter than what the kernel takes at once.
        assert self._line.send(said) == len(said)

    async def heard(self, patience: float) -> None:
        """Until something is heard of any program, for *patience* seconds at most."""
        waiting = self._heard
        try:
            async with asyncio.timeout(patience):
                await waiting.wait()
        except TimeoutError:
            return
        if self._gone:
            raise RuntimeError(f"the zygote ended, with {self._process.poll()}")

    def _hear(self) -> None:
        said = self._line.recv(1 << 16)
        if not said:
            asyncio.get_running_loop().remove_reader(self._line)
            self._gone = True
        *lines, self._unread = (self._unread + said).split(b"\n")
        for line in lines:
            self._take(json.loads(line))
        self._heard.set()
        self._heard = asyncio.Event()

    def _take(self, said: dict[str, Any]) -> None:
        if "warm" in said:
            self._warm.set()
            return
        if "id" in said:
            self._lives[said["pid"]] = self._unborn.pop(said["id"])
        life = self._lives[said["pid"]]
        life.hear(said)
        if life.dead:
            del self._lives[said["pid"]]
