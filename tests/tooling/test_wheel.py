"""A built wheel carries the whole program: both packages, pages, static files, migrations."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
STATIC = "rallypoint/ui/web/static"


def build(tree: Path, out: Path) -> ZipFile:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(command, cwd=tree, check=True, capture_output=True)
    [wheel] = out.glob("*.whl")
    return ZipFile(wheel)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    return build(ROOT, tmp_path_factory.mktemp("wheel"))


def files(tree: Path) -> set[Path]:
    return {path for path in tree.rglob("*") if path.is_file() and path.suffix != ".pyc"}


def carried(wheel: ZipFile) -> set[str]:
    return {name for name in wheel.namelist() if ".dist-info/" not in name}


def test_the_wheel_holds_every_file_of_both_packages_but_the_features_tests(wheel: ZipFile) -> None:
    source = {
        path.relative_to(ROOT / "src").as_posix()
        for package in ("rallypoint", "fakecord")
        for path in (ROOT / "src" / package).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    tests = {name for name in source if "/features/" in name and "/tests/" in name}
    made_from = {name for name in source if "/ui/web/source/" in name or name.endswith(".po")}

    assert carried(wheel) == source - tests - made_from | {f"{STATIC}/manifest.json"}


@pytest.mark.parametrize(
    ("folder", "ending"),
    [
        ("rallypoint/features/", "/feature.py"),
        ("rallypoint/adapters/db/migrations/", ".py"),
        ("rallypoint/", ".html"),
        (STATIC, ".css"),
        ("fakecord/web/", ".html"),
    ],
)
def test_the_wheel_holds_what_python_does_not_import(
    wheel: ZipFile, folder: str, ending: str
) -> None:
    assert [n for n in carried(wheel) if n.startswith(folder) and n.endswith(ending)]


def test_the_manifest_names_each_static_file_by_its_content(wheel: ZipFile) -> None:
    named = json.loads(wheel.read(f"{STATIC}/manifest.json"))
    static = {n for n in carried(wheel) if n.startswith(STATIC)} - {f"{STATIC}/manifest.json"}

    assert named == {
        name.removeprefix(f"{STATIC}/"): hashlib.sha256(wheel.read(name)).hexdigest()[:10]
        for name in static
    }


def test_building_leaves_nothing_in_the_tree(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    style = tree / "src" / STATIC / "app.css"
    style.parent.mkdir(parents=True)
    style.write_text("body {}")
    for package in ("rallypoint", "fakecord"):
        (tree / "src" / package).mkdir(exist_ok=True)
        (tree / "src" / package / "__init__.py").touch()
    for name in ("pyproject.toml", "hatch_build.py", "LICENSE", "README.md"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, tree)
    before = files(tree)
    wheel = build(tree, tmp_path / "out")

    assert json.loads(wheel.read(f"{STATIC}/manifest.json")) == {"app.css": "62368a1a29"}
    assert files(tree) == before


def test_without_nodejs_the_one_of_the_package_makes_the_same(tmp_path: Path) -> None:
    """Which a build gets by itself, where there is none."""
    web = Path("src/rallypoint/ui/web")
    shutil.copytree(ROOT / web / "source", tmp_path / web / "source")
    shutil.copy(ROOT / "hatch_build.py", tmp_path)
    packages = tmp_path / "build" / "web"
    packages.mkdir(parents=True)
    (packages / "node_modules").symlink_to(ROOT / "build" / "web" / "node_modules")
    nowhere = {**os.environ, "PATH": str(tmp_path)}
    command = [sys.executable, "hatch_build.py"]
    subprocess.run(command, cwd=tmp_path, check=True, env=nowhere, capture_output=True)

    assert shutil.which("node", path=nowhere["PATH"]) is None
    for made in ("app.js", "app.css"):
        assert (tmp_path / web / "static" / made).read_bytes() == (
            ROOT / web / "static" / made
        ).read_bytes()
