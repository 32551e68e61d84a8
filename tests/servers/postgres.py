"""A PostgreSQL of our own: new, on loopback, with a password, in memory where there is room.

It is never durable (fsync off): what the tests prove about crashes is about our processes, not
about the server's disk.
"""

from __future__ import annotations

import os
import pwd
import re
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.servers import debian

OLDEST = 15
ROOM = 512 * 2**20
STARTING = 30.0
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
}


class DidNotStart(Exception):
    """The message carries the end of the server's log."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where one running server is, and as whom."""

    port: int
    password: str

    @property
    def url(self) -> str:
        return f"postgresql+asyncpg://postgres:{self.password}@127.0.0.1:{self.port}/postgres"


def find() -> Path | None:
    """The folder with initdb and postgres of the newest version that is new enough."""
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/opt/homebrew/opt").glob("*/bin")]
    if there := shutil.which("initdb"):
        folders.append(Path(there).resolve().parent)
    versions = {folder: _version(folder / "postgres") for folder in folders}
    newest = max(versions, key=lambda folder: versions[folder], default=None)
    return newest if newest and versions[newest] >= OLDEST else None


def provide(*, may_install: bool) -> Path:
    """The folder with the server's programs; raises debian.CannotInstall."""
    if programs := find():
        return programs
    if not may_install:
        raise debian.CannotInstall(f"PostgreSQL {OLDEST} or later is not installed")
    debian.install("postgresql")
    if programs := find():
        return programs
    raise debian.CannotInstall(f"this system's postgresql package is older than {OLDEST}")


@contextmanager
def running(programs: Path) -> Iterator[Server]:
    """A new server, stopped and wiped at the end; raises DidNotStart."""
    owner = _owner()
    folder = Path(tempfile.mkdtemp(prefix="rallypoint-postgres-", dir=_place()))
    try:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        password = secrets.token_urlsafe(16)
        _initialise(programs, folder, owner, password)
        process, port = _start(programs, folder, owner)
        try:
            yield Server(port=port, password=password)
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _version(postgres: Path) -> int:
    if not postgres.exists():
        return 0
    said = subprocess.run([postgres, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"\b(\d+)[.\d]*", said.stdout)
    return int(found[1]) if found else 0


def _owner() -> pwd.struct_passwd:
    """Us; or when we are root, which PostgreSQL refuses to run as, somebody with no rights."""
    if os.geteuid():
        return pwd.getpwuid(os.geteuid())
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _place() -> str | None:
    memory = Path("/dev/shm")
    roomy = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM
    return str(memory) if roomy else None


def _as(owner: pwd.struct_passwd) -> dict[str, Any]:
    if os.geteuid():
        return {}
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


def _initialise(programs: Path, folder: Path, owner: pwd.struct_passwd, password: str) -> None:
    secret = folder / "password"
    secret.write_text(password)
    os.chown(secret, owner.pw_uid, owner.pw_gid)
    secret.chmod(0o600)
    command = [str(programs / "initdb"), f"--pgdata={folder / 'data'}", "--username=postgres"]
    # "password" and not SCRAM: thousands of test connections need no 4,096 rounds of hashing.
    options = ["--auth=password", f"--pwfile={secret}", "--no-sync", "--no-locale"]
    done = subprocess.run(
        [*command, *options, "--encoding=UTF8"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        **_as(owner),
    )
    if done.returncode:
        raise DidNotStart(f"initdb failed: {done.stderr.strip()[-300:]}")


def _start(
    programs: Path, folder: Path, owner: pwd.struct_passwd
) -> tuple[subprocess.Popen[bytes], int]:
    """Somebody may take the free port before the server does: then it is tried with another."""
    log = folder / "log"
    for _ in range(3):
        port = _free_port()
        settings = [f"--{name}={value}" for name, value in (SETTINGS | {"port": str(port)}).items()]
        with log.open("wb") as out:
            process: subprocess.Popen[bytes] = subprocess.Popen(
                [programs / "postgres", "-D", folder / "data", *settings],
                cwd=folder,
                stdout=out,
                stderr=out,
                start_new_session=True,  # an interrupt from the terminal is for the tests first
                **_as(owner),
            )
        if _answers(process, port):
            return process, port
        process.kill()
        process.wait()
    raise DidNotStart(f"PostgreSQL did not start: {log.read_text(errors='replace')[-300:]}")


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    """Whether the server accepts a log-in before it ends or the time is up.

    It listens before it is ready, so a connection alone says nothing: it must ask for the password.
    """
    hello = b"user\0postgres\0database\0postgres\0\0"
    packet = (8 + len(hello)).to_bytes(4, "big") + (196608).to_bytes(4, "big") + hello
    until = time.monotonic() + STARTING
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as connection:
            connection.sendall(packet)
            if connection.recv(1) == b"R":
                return True
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
            return False
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
