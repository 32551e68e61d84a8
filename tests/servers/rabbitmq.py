"""A RabbitMQ of our own: beside any other, since its Erlang, too, has its own cookie, name and port mapper."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.servers import debian, private

# Debian's own `rabbitmq-server` on the path is a wrapper for the system's server and its user.
SCRIPTS = ("/usr/lib/rabbitmq/bin", "/opt/homebrew/sbin", "/usr/local/sbin")

HELLO = b"AMQP\0\0\x09\1"


def find() -> Path | None:
    scripts = [Path(folder) / "rabbitmq-server" for folder in SCRIPTS]
    there = (script for script in scripts if script.exists())
    return next(there, None) if shutil.which("epmd") else None


def provide(*, may_install: bool) -> Path:
    """The server's start script; raises debian.CannotInstall."""
    return debian.provide("rabbitmq-server", find, may_install=may_install)


@contextmanager
def running(script: Path, *, at_once: bool = False) -> Iterator[str]:
    """The URL of a new server, which is stopped and wiped at the end; raises DidNotStart.

    *at_once*: it may not answer yet. It takes ten seconds to start, which whoever needs it late need not wait for.
    """
    with private.home("rabbitmq") as home:
        password = secrets.token_urlsafe(16)
        home.write(".erlang.cookie", secrets.token_hex(16)).chmod(0o400)
        home.write("plugins", "[].\n")
        for _ in range(3):
            port, mapper = private.free_port(), private.free_port()
            home.write("rabbitmq.conf", _settings(port, password))
            with ExitStack() as stack:
                # Erlang would else start a port mapper as a daemon, which outlives it.
                command = ["epmd", "-port", str(mapper), "-address", "127.0.0.1"]
                ports = home.start(command)
                stack.enter_context(private.ended(ports))
                if not private.answers(ports, private.says(mapper, b"\0\1n", mapper.to_bytes(4))):
                    continue
                process = home.start([script], _environment(home, port, mapper))
                stack.enter_context(private.ended(process))
                if at_once or private.answers(process, private.says(port, HELLO, b"\1\0\0")):
                    yield f"amqp://rallypoint:{password}@127.0.0.1:{port}/"
                    return
        raise private.DidNotStart(f"RabbitMQ did not start: {home.end_of_log()}")


def _settings(port: int, password: str) -> str:
    lines = {
        "listeners.tcp.local": f"127.0.0.1:{port}",
        "default_user": "rallypoint",
        "default_pass": password,
        "disk_free_limit.absolute": "50MB",
        "log.file": "false",
        "log.console": "true",
        "log.console.level": "error",
    }
    return "".join(f"{name} = {value}\n" for name, value in lines.items())


def _environment(home: private.Home, port: int, mapper: int) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "HOME": str(home.folder),
        "ERL_EPMD_PORT": str(mapper),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": f"rallypoint-{port}@localhost",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(private.free_port()),
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        "RABBITMQ_CONFIG_FILE": str(home.folder / "rabbitmq.conf"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(home.folder / "advanced.config"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home.folder / "plugins"),
        "RABBITMQ_MNESIA_BASE": str(home.folder / "data"),
        "RABBITMQ_LOG_BASE": str(home.folder),
        # Its script then becomes the server, instead of standing before it and needing a signal of its own.
        "RUNNING_UNDER_SYSTEMD": "true",
        # Schedulers that spin while they wait, each bound to a core, take the time of those who are measured.
        "SCHEDULER_BIND_TYPE": "u",
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+sbwt none +sbwtdcpu none +sbwtdio none"
        " -kernel inet_dist_use_interface {127,0,0,1}",
    }
