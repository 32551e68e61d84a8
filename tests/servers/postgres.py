"""A PostgreSQL of our own: new, on loopback, with a password, in memory where there is room.

It is never durable (fsync off): what the tests prove about crashes is about our processes, not
about the server's disk.
"""

from __future__ import annotations

import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers import debian, private

OLDEST = 15
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

_GREETING = b"user\0postgres\0database\0postgres\0\0"
HELLO = (8 + len(_GREETING)).to_bytes(4, "big") + (196608).to_bytes(4, "big") + _GREETING


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
    with private.home("postgres") as home:
        password = secrets.token_urlsafe(16)
        _initialise(programs, home, password)
        # Somebody may take the free port before the server does: then it is tried with another.
        for _ in range(3):
            port = private.free_port()
            settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
            command: list[str | Path] = [programs / "postgres", "-D", home.folder / "data"]
            command += [*settings, f"--port={port}"]
            process = home.start(command)
            with private.ended(process):
                # It listens before it is ready, so a connection alone says nothing: it must ask for the password.
                if private.answers(process, private.says(port, HELLO, b"R")):
                    yield Server(port=port, password=password)
                    return
        raise private.DidNotStart(f"PostgreSQL did not start: {home.end_of_log()}")


def _version(postgres: Path) -> int:
    if not postgres.exists():
        return 0
    said = subprocess.run([postgres, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"\b(\d+)[.\d]*", said.stdout)
    return int(found[1]) if found else 0


def _initialise(programs: Path, home: private.Home, password: str) -> None:
    secret = home.write("password", password)
    command = [str(programs / "initdb"), f"--pgdata={home.folder / 'data'}", "--username=postgres"]
    # "password" and not SCRAM: thousands of test connections need no 4,096 rounds of hashing.
    options = ["--auth=password", f"--pwfile={secret}", "--no-sync", "--no-locale"]
    done = subprocess.run(
        [*command, *options, "--encoding=UTF8"],
        cwd=home.folder,
        capture_output=True,
        text=True,
        check=False,
        **home.identity(),
    )
    if done.returncode:
        raise private.DidNotStart(f"initdb failed: {done.stderr.strip()[-300:]}")
