"""The environment's script on machines that lack something: it installs it or says one line."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts/make-venv.sh"

# A python3 that is as old, and has as many modules, as the folder beside it says.
PYTHON = """#!/bin/sh
case "$*" in
    *"version_info < (3, 11)"*) [ ! -e "$HERE/old" ] ;;
    --version) echo Python 3.9.2 ;;
    *ensurepip*) [ -e "$HERE/ensurepip" ] ;;
    *%d.%d*) echo 3.11 ;;
    "-m venv --clear "*) echo made > "$4" ;;
esac
"""
APT = """#!/bin/sh
echo "$*" >> "$HERE/apt.log"
case "$*" in *" install "*) touch "$HERE/ensurepip" ;; esac
"""


class Machine:
    """A machine that has only the programs it is given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "bin"
        self.path.mkdir()
        for tool in ("sh", "env", "touch"):
            (self.path / tool).symlink_to(shutil.which(tool) or tool)

    def has(self, name: str, script: str) -> None:
        (self.path / name).write_text(script)
        (self.path / name).chmod(0o755)

    def user(self, number: int) -> None:
        self.has("id", f"#!/bin/sh\necho {number}\n")

    def make(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [SCRIPT, self.folder / "venv", "python3"],
            env={"PATH": str(self.path), "HERE": str(self.folder)},
            capture_output=True,
            text=True,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path)
    machine.user(0)
    machine.has("python3", PYTHON)
    return machine


def test_a_whole_python_is_used_as_it_is(machine: Machine) -> None:
    (machine.folder / "ensurepip").touch()

    assert machine.make().returncode == 0
    assert (machine.folder / "venv").exists()


def test_an_old_python_is_refused_in_one_line(machine: Machine) -> None:
    (machine.folder / "old").touch()
    done = machine.make()

    assert done.returncode == 1
    assert done.stderr == (
        "rallypoint: Python 3.9.2 is too old; Python 3.11 or later is needed: "
        "make PYTHON=python3.11 …\n"
    )


def test_no_python_is_said_in_one_line(machine: Machine) -> None:
    (machine.path / "python3").unlink()
    done = machine.make()

    assert done.returncode == 1
    assert done.stderr.startswith("rallypoint: there is no python3; install Python 3.11")
    assert done.stderr.count("\n") == 1


def test_root_on_debian_gets_the_venv_package(machine: Machine) -> None:
    machine.has("apt-get", APT)

    assert machine.make().returncode == 0
    assert "--no-install-recommends -y python3.11-venv" in (machine.folder / "apt.log").read_text()
    assert (machine.folder / "venv").exists()


@pytest.mark.parametrize("user", [0, 1000], ids=["root-without-apt", "user-without-sudo"])
def test_who_may_not_install_is_told_what_to_install(machine: Machine, user: int) -> None:
    machine.user(user)
    if user:
        machine.has("apt-get", APT)
    done = machine.make()

    assert done.returncode == 1
    assert done.stderr == (
        "rallypoint: python3 has no venv module; as root: apt-get install python3.11-venv\n"
    )
    assert not (machine.folder / "apt.log").exists()


def test_a_real_python_makes_a_real_environment(tmp_path: Path) -> None:
    subprocess.run([SCRIPT, tmp_path / "venv", sys.executable], check=True)
    done = subprocess.run([tmp_path / "venv/bin/python", "-m", "pip", "--version"], check=False)

    assert done.returncode == 0
