"""What design rules say about imports and import-linter cannot: each check names its breaches."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.architecture.source import File, Import, imports, python_files

FEATURES = "rallypoint.features"
OURS = ("rallypoint", "fakecord", "tests", "conftest")
MOCKS = ("unittest.mock", "mock", "pytest_mock")


def only_the_api_of_another_feature(root: Path) -> list[str]:
    """A feature sees of another one nothing but its `api` module, not even for types."""
    return [
        f"{file.path}:{found.line}: {file.feature} imports {found.target}, not through api"
        for file, other, found in _between_features(root)
        if not found.reaches(f"{FEATURES}.{other}.api")
    ]


def tests_stay_at_home(root: Path) -> list[str]:
    """A feature's tests import their own feature and the kernel; the rest arrives as fixtures.

    Names that only annotate (under TYPE_CHECKING) may come from anywhere.
    """
    breaches = []
    for file in python_files(root, "src"):
        if file.feature is None or not file.is_test:
            continue
        home = (f"{FEATURES}.{file.feature}", "rallypoint.kernel")
        breaches += [
            f"{file.path}:{found.line}: a test of {file.feature} imports {found.target}"
            for found in imports(file)
            if _any(found, OURS) and not _any(found, home) and not found.for_types_only
        ]
    return breaches


def features_are_switched_on(root: Path) -> list[str]:
    """`rallypoint.app.FEATURES` names each feature folder once, and nothing else.

    The tree's own app is asked, in a process of its own: it may be written in any way.
    """
    ask = "from rallypoint.app import FEATURES; print(*(f.name for f in FEATURES))"
    environment = {**os.environ, "PYTHONPATH": str(root / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", ask], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        return [f"rallypoint.app cannot be imported: {done.stderr.strip().splitlines()[-1]}"]
    named = done.stdout.split()
    folders = {
        folder.name
        for folder in (root / "src/rallypoint/features").iterdir()
        if (folder / "__init__.py").exists()
    }
    return [
        *(f"feature {name} is not in app.FEATURES" for name in sorted(folders - set(named))),
        *(f"app.FEATURES names {name}: no such folder" for name in sorted(set(named) - folders)),
        *(
            f"app.FEATURES names {n} more than once"
            for n in sorted(set(named))
            if named.count(n) > 1
        ),
    ]


def mocks(root: Path) -> dict[str, str]:
    """Files which reach for mocks, or patch an attribute: what they do, by path."""
    found = {}
    for file in python_files(root, "src", "tests"):
        libraries = {target.target for target in imports(file) if _any(target, MOCKS)}
        patches = file.feature is not None and "monkeypatch.setattr" in file.text
        if libraries or patches:
            found[str(file.path)] = ", ".join(sorted(libraries)) or "patches an attribute"
    return found


def _any(found: Import, packages: Iterable[str]) -> bool:
    return any(found.reaches(package) for package in packages)


def _between_features(root: Path) -> Iterator[tuple[File, str, Import]]:
    for file in python_files(root, "src"):
        if file.feature is None or file.is_test:
            continue
        for found in imports(file):
            if found.reaches(FEATURES):
                other = found.target.removeprefix(FEATURES).lstrip(".").split(".")[0]
                if other != file.feature:
                    yield file, other, found
