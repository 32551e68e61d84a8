"""A test whose server is absent is left out, and the summary says how many and why."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = """
import pytest

def test_plain(): pass

@pytest.mark.postgres
def test_stores(): pass

@pytest.mark.postgres
def test_claims(): pass

@pytest.mark.browser
@pytest.mark.postgres
def test_clicks(): pass
"""


def run(folder: Path, *words: str, **environment: str) -> list[str]:
    (folder / "test_it.py").write_text(TESTS)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    postgres\n    browser\n")
    # Some twenty plugins are installed, and take most of the time there is.
    if "-n" in words:
        words = ("-p", "xdist", *words)
    clean = {name: v for name, v in os.environ.items() if not name.startswith("RALLYPOINT_TEST")}
    plugins = ["-p", "tests.left_out", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *plugins, *words],
        cwd=folder,
        env={
            **clean,
            "PYTHONPATH": str(ROOT),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            **environment,
        },
        capture_output=True,
        text=True,
    )
    return done.stdout.splitlines()


def left_out(said: list[str]) -> list[str]:
    return [line for line in said if line.startswith("LEFT OUT")]


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "xdist"])
def test_the_summary_counts_them_once_and_says_why(tmp_path: Path, workers: list[str]) -> None:
    said = run(tmp_path, *workers, RALLYPOINT_TEST_POSTGRES_MISSING="PostgreSQL is not installed")

    assert left_out(said) == [
        "LEFT OUT: 3 tests that need PostgreSQL, because PostgreSQL is not installed"
    ]
    assert said[-1].startswith("1 passed")


def test_a_test_needs_all_its_servers(tmp_path: Path) -> None:
    said = run(tmp_path, RALLYPOINT_TEST_POSTGRES="postgresql://there")

    assert left_out(said) == [
        "LEFT OUT: 1 test that needs Chromium, because none was started: `make test` does"
    ]
    assert said[-1].startswith("3 passed")


def test_with_its_servers_every_test_runs(tmp_path: Path) -> None:
    said = run(tmp_path, RALLYPOINT_TEST_POSTGRES="there", RALLYPOINT_TEST_CHROMIUM="there")

    assert left_out(said) == []
    assert said[-1].startswith("4 passed")


def test_a_test_nobody_asked_for_is_not_counted(tmp_path: Path) -> None:
    said = run(tmp_path, "-k", "claims or plain")

    assert left_out(said) == [
        "LEFT OUT: 1 test that needs PostgreSQL, because none was started: `make test` does"
    ]
