"""What every private server has: a folder of its own, an owner with no rights, a free port on loopback, an end."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOM = 512 * 2**20
STARTING = 30.0
ENDING = 20.0

Process = subprocess.Popen[bytes]

# Were we killed outright, nobody else would end the servers: this notices, because our end of its pipe closes.
KEEPER = """
trap '' INT TERM HUP
while read -r group; do groups="$groups -$group"; done
for group in $groups; do kill -s KILL -- "$group"; done
rm -rf "$1"
"""


class DidNotStart(Exception):
    """The message carries the end of the server's log."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where one server keeps all it has, and as whom it runs; the folder is wiped at the end."""

    folder: Path
    owner: pwd.struct_passwd
    keeper: Process

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def end_of_log(self) -> str:
        return self.log.read_text(errors="replace")[-300:]

    def write(self, name: str, text: str) -> Path:
        """A file only the owner reads."""
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(text)
        os.chown(path, self.owner.pw_uid, self.owner.pw_gid)
        return path

    def start(
        self, command: Sequence[str | Path], environment: Mapping[str, str] | None = None
    ) -> Process:
        """In a session of its own: an interrupt from the terminal is for the tests first."""
        with self.log.open("ab") as out:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                **self.identity(),
            )
        assert self.keeper.stdin is not None
        self.keeper.stdin.write(f"{process.pid}\n".encode())
        self.keeper.stdin.flush()
        return process

    def identity(self) -> dict[str, Any]:
        if os.geteuid():
            return {}
        return {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []}


@contextmanager
def home(name: str) -> Iterator[Home]:
    """For the server *name*, in memory where there is room. Run by root, it belongs to the server's own user."""
    owner = _owner(name)
    folder = Path(tempfile.mkdtemp(prefix=f"rallypoint-{name}-", dir=roomy_place()))
    try:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        with _kept(folder) as keeper:
            yield Home(folder, owner, keeper)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def roomy_place() -> str | None:
    memory = Path("/dev/shm")
    roomy = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM
    return str(memory) if roomy else None


@contextmanager
def ended(process: Process) -> Iterator[None]:
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=ENDING)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def answers(process: Process, asks: Callable[[], bool]) -> bool:
    """Whether the server said what *asks* wants to hear before it ended or the time was up."""
    until = time.monotonic() + STARTING
    while time.monotonic() < until:
        with suppress(OSError):
            if asks():
                return True
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
            return False
    return False


def answering(asks: Callable[[], bool], *, within: float) -> bool:
    """As `answers`, of a server that somebody else started."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        with suppress(OSError):
            if asks():
                return True
        time.sleep(0.1)
    return False


def says(port: int, hello: bytes, answer: bytes) -> Callable[[], bool]:
    """Whether who listens at *port* begins its answer to *hello* with *answer*."""

    def ask() -> bool:
        with socket.create_connection(("127.0.0.1", port), 1) as connection:
            connection.sendall(hello)
            return connection.recv(len(answer)) == answer

    return ask


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _kept(folder: Path) -> Iterator[Process]:
    command = ["sh", "-c", KEEPER, "keeper", str(folder)]
    keeper = subprocess.Popen(
        command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield keeper
    finally:
        keeper.kill()
        keeper.communicate()


def _owner(name: str) -> pwd.struct_passwd:
    """Us; or when we are root, which servers refuse to run as, somebody with no rights."""
    if os.geteuid():
        return pwd.getpwuid(os.geteuid())
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return pwd.getpwnam("nobody")
