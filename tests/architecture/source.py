"""A tree of Python files: every check takes one, so that a test can plant a breach in it."""

from __future__ import annotations

import ast
import gc
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path, PurePosixPath


@dataclass(frozen=True)
class File:
    """One Python file; *path* is relative to the tree's root, as `src/rallypoint/app.py`."""

    path: PurePosixPath
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return _parsed(self.text, str(self.path))

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    @property
    def is_test(self) -> bool:
        return "tests" in self.path.parts or self.path.name == "conftest.py"

    @property
    def module(self) -> str:
        """Its dotted name; a package's is that of the folder."""
        parts = self.path.with_suffix("").parts
        parts = parts[1:] if parts[0] == "src" else parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def feature(self) -> str | None:
        """The feature whose folder it lies in."""
        parts = self.path.parts
        inside = parts[:3] == ("src", "rallypoint", "features") and len(parts) > 4
        return parts[3] if inside else None


@dataclass(frozen=True, slots=True)
class Import:
    """One imported name: `from a import b` is the target `a.b`."""

    line: int
    target: str
    for_types_only: bool

    def reaches(self, package: str) -> bool:
        return self.target == package or self.target.startswith(f"{package}.")


def python_files(root: Path, *folders: str) -> list[File]:
    """All files below *folders* of the tree at *root*, and the root's own conftest."""
    found = [path for folder in folders for path in (root / folder).rglob("*.py")]
    found += root.glob("conftest.py")
    return [
        File(PurePosixPath(path.relative_to(root).as_posix()), path.read_text(encoding="utf-8"))
        for path in sorted(found)
    ]


def imports(file: File) -> tuple[Import, ...]:
    """Every import of *file*, wherever it stands; relative ones are resolved."""
    return _imports(file.text, file.path)


@cache
def _imports(text: str, path: PurePosixPath) -> tuple[Import, ...]:
    file = File(path, text)
    nodes = list(ast.walk(file.tree))
    typing_only = {
        id(inner)
        for node in nodes
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for statement in node.body
        for inner in ast.walk(statement)
    }
    return tuple(
        Import(node.lineno, target, id(node) in typing_only)
        for node in nodes
        if isinstance(node, ast.Import | ast.ImportFrom)
        for target in _targets(file, node)
    )


def _targets(file: File, node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [f"{_base(file, node)}.{alias.name}" for alias in node.names]


def _base(file: File, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    is_package = file.path.name == "__init__.py"
    package = file.module.split(".")
    package = package[: len(package) - node.level + is_package]
    return ".".join([*package, *([node.module] if node.module else [])])


@cache
def _parsed(text: str, path: str) -> ast.Module:
    """Each rule goes through the whole project, which is parsed once for all of them.

    Without the collector: what it frees may warn, the warning's traceback parses, and Python 3.11 loses count of the
    depth of both (python/cpython#106905). Nor has it anything to find in a tree, through which it takes half the time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        return ast.parse(text, path)
    finally:
        if was_on:
            gc.enable()
