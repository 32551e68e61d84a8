"""The import contracts of pyproject.toml, checked on any tree."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

LINT = Path(sys.executable).with_name("lint-imports")


def lint_imports(tree: Path, *contracts: str) -> str:
    """What import-linter says of *tree* (with pyproject.toml and src), nothing if all is kept.

    With *contracts* (their ids) only these are checked.
    """
    chosen = [word for contract in contracts for word in ("--contract", contract)]
    done = subprocess.run(
        [LINT, "--no-cache", "--config", "pyproject.toml", *chosen],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree / "src"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr if done.returncode else ""
