"""A Redis of our own: on loopback, with a password, nothing kept on a disk."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers import debian, private


def find() -> Path | None:
    path = shutil.which("redis-server")
    return Path(path) if path else None


def provide(*, may_install: bool) -> Path:
    """The program; raises debian.CannotInstall."""
    return debian.provide("redis-server", find, may_install=may_install)


@contextmanager
def running(program: Path) -> Iterator[str]:
    """The URL of a new server, which is stopped and wiped at the end; raises DidNotStart."""
    with private.home("redis") as home:
        password = secrets.token_urlsafe(16)
        for _ in range(3):
            port = private.free_port()
            settings = home.write("redis.conf", _settings(home, port, password))
            process = home.start([program, settings])
            with private.ended(process):
                hello = f"AUTH {password}\r\n".encode()
                if private.answers(process, private.says(port, hello, b"+OK")):
                    yield f"redis://default:{password}@127.0.0.1:{port}/0"
                    return
        raise private.DidNotStart(f"Redis did not start: {home.end_of_log()}")


def _settings(home: private.Home, port: int, password: str) -> str:
    lines = {
        "bind": "127.0.0.1",
        "port": str(port),
        "dir": str(home.folder),
        "requirepass": password,
        "save": '""',
        "appendonly": "no",
        "daemonize": "no",
    }
    return "".join(f"{name} {value}\n" for name, value in lines.items())
