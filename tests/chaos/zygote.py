"""Everything imported once, nothing running: each program is a fork of this, alive in a tenth of a second.

`python -m tests.chaos.zygote <socket>`: reads a line of JSON for each program that is to live, and writes one when it
is born, ready, or dead. It ends, and its children with it, when the other end of the socket is closed.
"""

from __future__ import annotations

import asyncio
import ctypes
import dataclasses
import gc
import json
import os
import select
import signal
import socket
import sys
import traceback
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr
from sqlalchemy.orm import configure_mappers

from rallypoint.adapters.telemetry import logs
from rallypoint.app import catalogue
from rallypoint.app.lifecycle import until_signalled
from rallypoint.app.program import Company, up
from rallypoint.kernel.addresses import Place
from rallypoint.kernel.settings import FixedSettings
from tests.nursery import modules
from tests.nursery.rehearsal import end_threads
from tests.nursery.statements import share_compiled

from .plan import Kill
from .points import Points

_DIE_WITH_PARENT = 1


class Zygote:
    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._unread = b""

    def serve(self) -> None:
        asleep, awake = os.pipe()
        os.set_blocking(awake, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(awake)
        while True:
            readable, _, _ = select.select([self._line.fileno(), asleep], [], [])
            if asleep in readable:
                os.read(asleep, 4096)
                self._bury()
            if self._line.fileno() in readable and not self._hear():
                return

    def _hear(self) -> bool:
        try:
            said = self._line.recv(1 << 16)
        except ConnectionResetError:
            return False
        *lines, self._unread = (self._unread + said).split(b"\n")
        for line in lines:
            self._bear(json.loads(line))
        return bool(said)

    def _bear(self, wanted: dict[str, Any]) -> None:
        if wanted["rehearses"]:
            self.say(id=wanted["id"], pid=os.getpid())
            asyncio.run(self._rehearse(wanted))
            end_threads()
            gc.collect()
            gc.freeze()
            self.say(pid=os.getpid(), died=0)
            return
        if os.fork() == 0:
            try:
                # Said by the child: so it is never heard of before, nor after its death.
                self.say(id=wanted["id"], pid=os.getpid())
                self._live(wanted)
            finally:
                # It was to end by a signal, and after one in good order.
                traceback.print_exc()
                sys.stderr.flush()
                os._exit(70)

    def _bury(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if os.WIFSTOPPED(status):
                self.say(pid=pid, asleep=True)
            else:
                self.say(pid=pid, died=os.waitstatus_to_exitcode(status))

    def say(self, **words: Any) -> None:
        self._line.sendall(json.dumps(words).encode() + b"\n")

    def _live(self, wanted: dict[str, Any]) -> None:
        """The child: from here on it is a program like any other, but for its points."""
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        folder = Path(wanted["folder"])
        log = os.open(folder / "program.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        record = os.open(wanted["record"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        Points(record, map(Kill.read, wanted["stops"])).install()
        logs.set_up(level="info", form="json")
        asyncio.run(until_signalled(self._up(wanted)))
        os._exit(0)

    async def _rehearse(self, wanted: dict[str, Any]) -> None:
        """Once here, from start to end: what is compiled and cached on the way is there for every child.

        Anything that is said meanwhile ends it.
        """
        logs.set_up(level="error", form="json")
        told = asyncio.Event()
        asyncio.get_running_loop().add_reader(self._line, told.set)
        running = asyncio.create_task(self._up(wanted))
        resting = asyncio.create_task(told.wait())
        await asyncio.wait({running, resting}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
        asyncio.get_running_loop().remove_reader(self._line)
        self._line.recv(1 << 16)
        running.cancel()
        await asyncio.wait({running})

    async def _up(self, wanted: dict[str, Any]) -> None:
        settings = FixedSettings(
            token=SecretStr(wanted["token"]),
            data=Path(wanted["folder"]),
            database_url=SecretStr(wanted["database"]),
            discord_url=wanted["discord"],
            test_clock=f"{wanted['discord']}/_control/clock/stream",
            port=0,
            metrics_port=0,
            http_allowed=_allowed(wanted["receiver"]),
            **_where_there(wanted),
        )
        await up(settings, Company(ready=lambda _: self.say(pid=os.getpid(), ready=True)))


def _where_there(wanted: dict[str, Any]) -> dict[str, Any]:
    """Keys that are not set otherwise."""
    made = {"redis_url": SecretStr, "channels_file": Path}
    return {name: make(wanted[name]) for name, make in made.items() if wanted[name]}


def _allowed(receiver: str) -> frozenset[Place]:
    url = urlsplit(receiver)
    return frozenset({(ip_address(url.hostname or ""), url.port or 0)}) if receiver else frozenset()


def warm() -> None:
    modules.warm()
    configure_mappers()
    # Nobody looks at the pages here, and to build them is half of a start.
    catalogue.FEATURES = tuple(
        dataclasses.replace(feature, routers=()) for feature in catalogue.FEATURES
    )
    share_compiled()


if __name__ == "__main__":
    line = socket.socket(fileno=int(sys.argv[1]))
    warm()
    zygote = Zygote(line)
    zygote.say(warm=True)
    zygote.serve()
