"""Clients that are not ours, to try fakecord with: each kind is installed once, in a place of its own.

The Python ones live in .venv-clients, since their pins are not ours; discord.js beside the script
that uses it. An installation lasts until its lock file changes.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.servers import debian

ROOT = Path(__file__).parents[2]
ENVIRONMENT = ROOT / ".venv-clients"
PINS = ROOT / "requirements" / "clients.lock"
DISCORD_JS = ROOT / "tests" / "fakecord" / "independent" / "discord_js"
STANDARD_WEBHOOKS_JS = ROOT / "tests" / "adapters" / "delivery" / "standardwebhooks_js"
OLDEST_NODE = 18
PATIENCE = 600.0


def provide_python(*, may_install: bool) -> str:
    """The interpreter that has hikari and simcord; raises debian.CannotInstall."""
    python = ENVIRONMENT / "bin" / "python"
    if not _is_current(ENVIRONMENT, PINS):
        if not may_install:
            raise debian.CannotInstall("hikari and simcord are not installed")
        print("servers: installing hikari and simcord", flush=True)
        _run([sys.executable, "-m", "venv", "--clear", ENVIRONMENT])
        pip: list[str | Path] = [
            python,
            "-m",
            "pip",
            "--disable-pip-version-check",
            "install",
            "--quiet",
        ]
        _run([*pip, "--retries", "1", "--require-hashes", "-r", PINS])
        _remember(ENVIRONMENT, PINS)
    return str(python)


def provide_discord_js(*, may_install: bool) -> str:
    """The Node.js program, once discord.js is there for it; raises debian.CannotInstall."""
    return _provide_node("discord.js", DISCORD_JS, may_install=may_install)


def provide_standardwebhooks_js(*, may_install: bool) -> str:
    """The Node.js program, once npm's Standard Webhooks are there for it; raises debian.CannotInstall."""
    return _provide_node("standardwebhooks", STANDARD_WEBHOOKS_JS, may_install=may_install)


def find_node() -> Path | None:
    """Node.js, if it is new enough for discord.js."""
    path = shutil.which("node")
    if path is None:
        return None
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.match(r"v(\d+)", said)
    return Path(path) if version and int(version[1]) >= OLDEST_NODE else None


def find_npm() -> Path | None:
    path = shutil.which("npm")
    return Path(path) if path else None


def _provide_node(package: str, folder: Path, *, may_install: bool) -> str:
    node = debian.provide("nodejs", find_node, may_install=may_install)
    modules, lock = folder / "node_modules", folder / "package-lock.json"
    if not _is_current(modules, lock):
        if not may_install:
            raise debian.CannotInstall(f"{package} is not installed")
        npm = debian.provide("npm", find_npm, may_install=True)
        print(f"servers: installing {package}", flush=True)
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"]
        _run([npm, "ci", *options], cwd=folder)
        _remember(modules, lock)
    return str(node)


def _is_current(place: Path, lock: Path) -> bool:
    installed = place / "installed"
    return installed.exists() and installed.read_text() == lock.read_text()


def _remember(place: Path, lock: Path) -> None:
    (place / "installed").write_text(lock.read_text())


def _run(command: Sequence[str | Path], cwd: Path | None = None) -> None:
    name = Path(command[0]).name if command[1] != "-m" else command[2]
    try:
        done = subprocess.run(
            command, cwd=cwd, capture_output=True, text=True, check=False, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired as late:
        raise debian.CannotInstall(f"{name} was not done within {PATIENCE:.0f} s") from late
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        raise debian.CannotInstall(f"{name} failed: {last[0]}")
