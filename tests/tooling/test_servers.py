"""`python -m tests.servers`: the command gets its servers, and nothing of them is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from tests.servers import postgres

ROOT = Path(__file__).parents[2]
TELL = "import json, os; print(json.dumps(dict(os.environ)), flush=True)"
WAIT = f"{TELL}; input()"
HANG = f"{TELL}; import signal; signal.pause()"
NO_SERVERS = {"RALLYPOINT_TEST_POSTGRES": "theirs", "RALLYPOINT_TEST_CHROMIUM": "theirs"}


def start(code: str, **environment: str) -> subprocess.Popen[str]:
    clean = {name: v for name, v in os.environ.items() if not name.startswith("RALLYPOINT_TEST")}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.servers", "--no-install", "--", sys.executable, "-c", code],
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


def test_without_a_command_the_usage_is_said() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.servers", "pytest"], cwd=ROOT, capture_output=True, text=True
    )

    assert (done.returncode, done.stderr) == (
        2,
        "usage: python -m tests.servers [--no-install] -- COMMAND…\n",
    )


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
