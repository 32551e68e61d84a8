"""The lock files pin everything by hash, name no address, and agree with pyproject.toml."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"(?P<name>[a-z0-9.-]+)==(?P<version>[^\s;]+)(?P<marker> ; [^\\]+)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
ORIGIN = re.compile(r"    # [ \w.,()\[\]:<>=!/-]+")
LOCKS = ["runtime", "dev", "build", "bench", "clients"]


def lines(lock: str) -> list[str]:
    return (ROOT / "requirements" / f"{lock}.lock").read_text().splitlines()


def pins(lock: str) -> dict[str, str]:
    return {m["name"]: m["version"] for line in lines(lock) if (m := PIN.fullmatch(line))}


def declared() -> dict[str, list[str]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    dev = [entry for entry in groups["dev"] if isinstance(entry, str)]
    return {
        "runtime": project["project"]["dependencies"],
        "build": groups["build"],
        "bench": groups["bench"],
        "clients": groups["clients"],
        "dev": [*project["project"]["dependencies"], *groups["build"], *dev],
    }


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash_and_no_line_names_an_address(lock: str) -> None:
    bare = [
        line
        for line, after in zip(lines(lock), [*lines(lock)[1:], ""], strict=True)
        if PIN.fullmatch(line) and not HASH.fullmatch(after)
    ]
    strange = [
        line
        for line in lines(lock)
        if not any(shape.fullmatch(line) for shape in (PIN, HASH, ORIGIN)) or "//" in line
    ]

    assert pins(lock)
    assert bare == []
    assert strange == []


@pytest.mark.parametrize("lock", LOCKS)
def test_what_is_declared_is_locked_in_a_version_that_fits(lock: str) -> None:
    locked = pins(lock)
    wanted = [Requirement(text) for text in declared()[lock]]
    unfit = [
        str(requirement)
        for requirement in wanted
        if requirement.marker is None or requirement.marker.evaluate()
        if locked.get(canonicalize_name(requirement.name), "") not in requirement.specifier
    ]

    assert unfit == []


def test_the_locks_agree_so_that_one_environment_can_hold_them_all() -> None:
    dev = pins("dev")

    assert pins("runtime").items() <= dev.items()
    assert pins("build").items() <= dev.items()


@pytest.mark.parametrize(
    "folder", ["fakecord/independent/discord_js", "adapters/delivery/standardwebhooks_js"]
)
def test_what_comes_from_npm_is_pinned_by_hash_and_by_no_address(folder: str) -> None:
    place = ROOT / "tests" / folder
    wanted = json.loads((place / "package.json").read_text())["dependencies"]
    packages = json.loads((place / "package-lock.json").read_text())["packages"]
    locked = {name: each for name, each in packages.items() if name}
    bare = [name for name, each in locked.items() if not each["integrity"].startswith("sha512-")]
    addressed = [name for name, each in locked.items() if "resolved" in each]

    assert {name: locked[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert (bare, addressed) == ([], [])
