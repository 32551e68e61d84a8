"""Sizes and habits the design puts a price on, measured on any tree.

Two kinds: *never* (a file, a function, a place is named) and *aims* (one figure for the tree). What
is allowed beyond them stands in `allowed.toml`, each entry with its reason. The list may only
shrink: an entry that is no longer needed, or looser than it must be, fails too.
"""

from __future__ import annotations

import ast
import math
import statistics
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.architecture.source import python_files

BROAD = {"Exception", "BaseException"}
Function = ast.FunctionDef | ast.AsyncFunctionDef
NEVER = {"product file": 400, "test file": 600, "function": 60, "feature": 2500}


@dataclass(frozen=True, slots=True)
class Size:
    """How many lines a thing has; *name* is what `allowed.toml` calls it."""

    kind: str
    name: str
    lines: int


def sizes(root: Path) -> list[Size]:
    """Every file, function and feature of the tree."""
    found = []
    features: dict[str, int] = {}
    for file in python_files(root, "src", "tests"):
        kind = "test file" if file.is_test else "product file"
        found.append(Size(kind, str(file.path), file.lines))
        found += [Size("function", f"{file.path}:{n}", _length(f)) for n, f in functions(file.tree)]
        if file.feature and not file.is_test:
            features[file.feature] = features.get(file.feature, 0) + file.lines
    return found + [Size("feature", name, lines) for name, lines in features.items()]


def too_big(root: Path) -> dict[str, str]:
    """What is over a bound that is never to be passed, and by how much."""
    return {
        size.name: f"{size.kind} of {size.lines} lines (never more than {NEVER[size.kind]})"
        for size in sizes(root)
        if size.lines > NEVER[size.kind]
    }


def imports_in_functions(root: Path) -> list[str]:
    """Only the command line may import late, so that `--help` stays quick."""
    return [
        f"{file.path}:{node.lineno}: import inside {name}"
        for file in python_files(root, "src", "tests")
        if not file.module.startswith("rallypoint.cli")
        for name, function in functions(file.tree)
        for node in _own_nodes(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def broad_excepts(root: Path) -> dict[str, str]:
    """Where everything is caught (`except`, `suppress`), by place: `path:function`."""
    places = {}
    for file in python_files(root, "src"):
        for name, scope in [("(module)", file.tree), *functions(file.tree)]:
            if any(_catches_everything(node) for node in _own_nodes(scope)):
                places[f"{file.path}:{name}"] = "catches everything"
    return places


def figures(root: Path) -> dict[str, int]:
    """The tree's figures by the name of their aim; rounded up."""
    lines: dict[str, list[int]] = {"product file": [], "test file": [], "product function": []}
    for size in sizes(root):
        kind = "product function" if size.kind == "function" else size.kind
        if size.kind != "function" or not _of_a_test(size.name):
            lines.setdefault(kind, []).append(size.lines)
    code = sum(lines["product file"])
    prose = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in _prose(root))
    return {name: measure(lines[kind]) for (name, kind, measure) in MEASURES if lines.get(kind)} | {
        "prose lines per 100 of product code": math.ceil(100 * prose / code) if code else 0
    }


def p95(values: list[int]) -> int:
    return sorted(values)[max(0, math.ceil(0.95 * len(values)) - 1)]


def _median(values: list[int]) -> int:
    return math.ceil(statistics.median(values))


Measure = Callable[[list[int]], int]
MEASURES: list[tuple[str, str, Measure]] = [
    ("product file, median", "product file", _median),
    ("product file, p95", "product file", p95),
    ("test file, p95", "test file", p95),
    ("function, median", "product function", _median),
    ("function, p95", "product function", p95),
    ("feature, largest", "feature", max),
]
AIMS = {
    "product file, median": 80,
    "product file, p95": 250,
    "test file, p95": 350,
    "function, median": 7,
    "function, p95": 32,
    "feature, largest": 1500,
    "prose lines per 100 of product code": 10,
}


@dataclass(frozen=True, slots=True)
class Allowed:
    """`allowed.toml`: place → reason, and aim → the figure it may not pass yet."""

    too_big: dict[str, str]
    broad_excepts: dict[str, str]
    mocks: dict[str, str]
    aims: dict[str, int]

    @classmethod
    def read(cls, path: Path) -> Allowed:
        return cls(**tomllib.loads(path.read_text(encoding="utf-8")))


def against(found: dict[str, str], allowed: dict[str, str]) -> list[str]:
    """Breaches: a place that is not allowed, and an entry no place needs any more."""
    return [
        *(f"{place}: {what}" for place, what in found.items() if place not in allowed),
        *(f"{place}: needs no entry any more" for place in allowed if place not in found),
    ]


def against_aims(measured: dict[str, int], allowed: dict[str, int]) -> list[str]:
    """Breaches: a figure over its aim or what is allowed, and an entry looser than needed."""
    breaches = []
    for name, value in measured.items():
        most = allowed.get(name, AIMS[name])
        if value > most:
            breaches.append(f"{name}: {value} (aim {AIMS[name]}, allowed {most})")
        elif name in allowed and value < most:
            entry = "needs no entry" if value <= AIMS[name] else f"is {value}"
            breaches.append(f"{name}: allowed {most}, but {entry} now")
    return breaches


def functions(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, Function]]:
    """Every function with its dotted name, those inside classes and functions too."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, Function):
            yield f"{prefix}{node.name}", node
        inner = f"{prefix}{node.name}." if isinstance(node, Function | ast.ClassDef) else prefix
        yield from functions(node, inner)


def _length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def _own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of *scope* without those of functions inside it."""
    for node in ast.iter_child_nodes(scope):
        if not isinstance(node, Function):
            yield node
            yield from _own_nodes(node)


def _catches_everything(node: ast.AST) -> bool:
    if isinstance(node, ast.ExceptHandler):
        return node.type is None or bool(BROAD & _names(node.type))
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
        return any(BROAD & _names(argument) for argument in node.args)
    return False


def _names(node: ast.expr) -> set[str]:
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    return {ast.unparse(part).removeprefix("builtins.") for part in parts}


def _of_a_test(name: str) -> bool:
    path = Path(name.split(":")[0])
    return "tests" in path.parts or path.name == "conftest.py"


def _prose(root: Path) -> list[Path]:
    generated = root / "docs/reference"
    written = [path for path in root.glob("docs/**/*.md") if generated not in path.parents]
    return [*written, *root.glob("README.md")]
