"""A name that leads elsewhere at every look-up gets nobody inside.

`namespace`: in a network of our own, where invented public addresses are real ones. Where the machine lets nobody have
one, `invented`: loopback addresses play both parts.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from .rebinding import INVENTED, REAL, Ground

ROOT = Path(__file__).parents[3]
OWN_NETWORK = ("unshare", "--map-root-user", "--net", "--")


@cache
def has_own_network() -> bool:
    if not (shutil.which("unshare") and shutil.which("ip")):
        return False
    lo = ["ip", "-6", "addr", "add", "fd00:ec2::254/128", "dev", "lo"]
    return subprocess.run([*OWN_NETWORK, *lo], capture_output=True).returncode == 0


def flipped(count: int) -> dict[str, Any]:
    own = has_own_network()
    command = [sys.executable, "-m", "tests.adapters.delivery.rebinding", str(count)]
    command = [*OWN_NETWORK, *command] if own else [*command, "--invented"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def check(count: int, ground: Ground) -> None:
    said = flipped(count)

    assert said["look_ups"] == count
    assert set(said["connected"]) == set(ground.public)
    assert said["reached_inside"] == 0
    assert said["answers"]["url_not_public"] + said["answers"]["delivered"] == count
    assert sum(said["connected"].values()) == said["answers"]["delivered"] > count / 5


GROUND = pytest.mark.parametrize(
    "ground",
    [
        pytest.param(REAL, id="namespace")
        if has_own_network()
        else pytest.param(INVENTED, id="invented")
    ],
)


@GROUND
def test_names_that_flip(ground):
    check(400, ground)


@GROUND
@pytest.mark.chaos
@pytest.mark.timeout(900)
def test_names_that_flip_a_hundred_thousand_times(ground):
    check(100_000, ground)
