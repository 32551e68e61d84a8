"""`python -m tests.servers`: the command gets its servers, and nothing of them is left behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest

from tests.servers import postgres, private, rabbitmq, redis
from tests.servers.__main__ import USAGE

ROOT = Path(__file__).parents[2]
TELL = "import json, os; print(json.dumps(dict(os.environ)), flush=True)"
WAIT = f"{TELL}; input()"
HANG = f"{TELL}; import signal; signal.pause()"
NO_SERVERS = {"RALLYPOINT_TEST_POSTGRES": "theirs", "RALLYPOINT_TEST_CHROMIUM": "theirs"}


def start(code: str, *options: str, **environment: str) -> subprocess.Popen[str]:
    words = ["--no-install", *options, "--", sys.executable, "-c", code]
    clean = {name: v for name, v in os.environ.items() if not name.startswith("RALLYPOINT_TEST")}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.servers", *words],
        cwd=ROOT,
        env={**clean, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def environment_of(process: subprocess.Popen[str]) -> dict[str, str]:
    assert process.stdout is not None
    told: dict[str, str] = json.loads(process.stdout.readline())
    return told


async def ask(url: str, *settings: str) -> list[str]:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""), timeout=5)
    try:
        return [await connection.fetchval(f"SHOW {setting}") for setting in settings]
    finally:
        await connection.close()


def test_the_commands_exit_code_is_ours() -> None:
    process = start("raise SystemExit(7)", **NO_SERVERS)
    process.communicate()

    assert process.returncode == 7


@pytest.mark.parametrize(
    "words",
    [
        ["pytest"],
        ["--"],
        ["--with", "mysql", "--", "pytest"],
        ["--with", "--", "pytest"],
        ["--slowly", "--", "pytest"],
    ],
    ids=["no command", "nothing after it", "unknown server", "no server", "unknown option"],
)
def test_asked_for_what_it_cannot_do_it_says_the_usage(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.servers", *words], cwd=ROOT, capture_output=True, text=True
    )

    assert (done.returncode, done.stderr) == (2, f"{USAGE}\n")


def test_servers_somebody_brought_are_left_alone() -> None:
    process = start(TELL, **NO_SERVERS)
    told = environment_of(process)
    process.communicate()

    assert NO_SERVERS.items() <= told.items()


def test_a_program_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    process = start(TELL, RALLYPOINT_TEST_POSTGRES="theirs", PATH=str(tmp_path))
    told = environment_of(process)
    process.communicate()

    assert told["RALLYPOINT_TEST_CHROMIUM_MISSING"] == "chromium is not installed"
    assert "RALLYPOINT_TEST_CHROMIUM" not in told


@pytest.mark.postgres
async def test_the_command_reaches_a_new_server_that_is_gone_after_it() -> None:
    process = start(WAIT, RALLYPOINT_TEST_CHROMIUM="theirs")
    url = environment_of(process)["RALLYPOINT_TEST_POSTGRES"]
    version, fsync, folder = await ask(url, "server_version_num", "fsync", "data_directory")
    process.communicate("\n")

    assert int(version) // 10000 >= postgres.OLDEST
    assert fsync == "off"
    assert process.returncode == 0
    assert not Path(folder).parent.exists()
    with pytest.raises(OSError):  # noqa: PT011  (refused or reset, as the system says it)
        await ask(url)


@pytest.mark.postgres
async def test_nobody_gets_in_without_the_password() -> None:
    process = start(WAIT, RALLYPOINT_TEST_CHROMIUM="theirs")
    url = environment_of(process)["RALLYPOINT_TEST_POSTGRES"]
    password = url.split(":")[2].split("@")[0]

    with pytest.raises(asyncpg.InvalidPasswordError):
        await ask(url.replace(password, "guessed"))
    process.communicate("\n")


@pytest.mark.postgres
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_told_to_end_it_ends_the_command_and_the_server(ending: signal.Signals) -> None:
    process = start(HANG, RALLYPOINT_TEST_CHROMIUM="theirs")
    url = environment_of(process)["RALLYPOINT_TEST_POSTGRES"]
    [folder] = await ask(url, "data_directory")
    process.send_signal(ending)
    process.send_signal(ending)
    _, errors = process.communicate()

    assert process.returncode == 128 + ending
    assert "KeyboardInterrupt" in errors
    assert not Path(folder).parent.exists()
    with pytest.raises(OSError):  # noqa: PT011  (refused or reset, as the system says it)
        await ask(url)


def test_redis_and_rabbitmq_are_started_only_when_they_are_asked_for() -> None:
    process = start(TELL, **NO_SERVERS)
    told = environment_of(process)
    process.communicate()

    assert not [
        name for name in told if name.startswith(("RALLYPOINT_TEST_R", "RALLYPOINT_TEST_A"))
    ]


def test_a_server_that_is_not_wanted_is_neither_started_nor_missed() -> None:
    process = start(TELL, "--without", "postgres,chromium")
    told = environment_of(process)
    process.communicate()

    assert not [name for name in told if name.startswith("RALLYPOINT_TEST")]


def greeting(url: str, hello: bytes) -> bytes:
    """What the server at *url* says first."""
    host, _, port = url.rpartition("@")[2].partition("/")[0].partition(":")
    with socket.create_connection((host, int(port)), 5) as connection:
        connection.sendall(hello)
        return connection.recv(5)


def test_redis_is_reached_with_its_password_only_and_gone_afterwards() -> None:
    """On a machine without Redis: it is said to be missing."""
    process = start(WAIT, "--with", "redis", **NO_SERVERS)
    told = environment_of(process)
    if redis.find() is None:
        process.communicate("\n")

        assert told["RALLYPOINT_TEST_REDIS_MISSING"] == "redis-server is not installed"
        return
    url = told["RALLYPOINT_TEST_REDIS"]
    password = url.split(":")[2].split("@")[0]

    assert greeting(url, b"PING\r\n") == b"-NOAU"
    assert greeting(url, f"AUTH {password}\r\n".encode()).startswith(b"+OK")
    process.communicate("\n")
    with pytest.raises(OSError):  # noqa: PT011  (refused or reset, as the system says it)
        greeting(url, b"PING\r\n")


def rabbitmq_folders() -> set[Path]:
    return set(Path(private.roomy_place() or tempfile.gettempdir()).glob("rallypoint-rabbitmq-*"))


def processes_in(folder: Path) -> list[str]:
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            if link.readlink().is_relative_to(folder):
                found.append(link.parent.name)
    return found


@pytest.mark.chaos  # not because it is dangerous, but because RabbitMQ takes seconds of both cores to start
async def test_rabbitmq_is_reached_and_gone_afterwards_with_its_port_mapper(eventually) -> None:
    """On a machine without RabbitMQ: it is said to be missing."""
    before = rabbitmq_folders()
    process = start(WAIT, "--with", "rabbitmq", **NO_SERVERS)
    told = environment_of(process)
    if rabbitmq.find() is None:
        process.communicate("\n")

        assert told["RALLYPOINT_TEST_AMQP_MISSING"] == "rabbitmq-server is not installed"
        return
    url = told["RALLYPOINT_TEST_AMQP"]
    [folder] = rabbitmq_folders() - before
    those_there = processes_in(folder)

    assert len(those_there) >= 2
    assert greeting(url, b"AMQP\0\0\x09\1")[:3] == b"\1\0\0"
    process.communicate("\n")
    assert not folder.exists()

    async def left() -> list[str]:
        return [number for number in those_there if Path("/proc", number).exists()]

    # Whose parent has ended is buried by another, in its own time.
    await eventually(left, [])
    with pytest.raises(OSError):  # noqa: PT011  (refused or reset, as the system says it)
        greeting(url, b"AMQP\0\0\x09\1")


@pytest.mark.postgres
async def test_killed_outright_it_leaves_no_server_behind(eventually) -> None:
    process = start(WAIT, RALLYPOINT_TEST_CHROMIUM="theirs")
    url = environment_of(process)["RALLYPOINT_TEST_POSTGRES"]
    [folder] = await ask(url, "data_directory")
    process.kill()
    process.communicate()

    async def is_there() -> bool:
        return Path(folder).parent.exists()

    await eventually(is_there, False)
    with pytest.raises(OSError):  # noqa: PT011  (refused or reset, as the system says it)
        await ask(url)
