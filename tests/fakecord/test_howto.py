"""docs/howto/test-any-bot.md, word for word: its bots and their tests, by somebody who has just this page."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "test-any-bot.md"
DISCORD_JS = Path(__file__).parent / "independent" / "discord_js" / "node_modules"
BLOCK = re.compile(r"^```(?:python|js)\n(?:#|//) (\S+)\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.fixture
def files(tmp_path):
    """The folder the page tells to make, and the names of what is in it."""
    blocks = BLOCK.findall(PAGE.read_text())
    for name, text in blocks:
        (tmp_path / name).write_text(text)
    assert [name for name, _ in blocks] == [
        "bot.py", "conftest.py", "test_bot.py", "bot.mjs", "test.mjs",
    ]  # fmt: skip
    return tmp_path


def run(folder, *command):
    """*command* in *folder*, with `fakecord` and `node` to be called by name, pytest with no plugin unasked."""
    programs = [str(Path(sys.executable).parent)]
    if node := os.environ.get("RALLYPOINT_TEST_DISCORD_JS"):
        programs.append(str(Path(node).parent))
    path = os.pathsep.join([*programs, os.environ["PATH"]])
    return subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"PATH": path, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=50,
    )


def test_the_bot_in_python_passes_its_tests(files):
    plugin = ["-p", "pytest_asyncio.plugin", "-p", "no:cacheprovider"]
    done = run(files, sys.executable, "-m", "pytest", "-q", *plugin)

    assert done.stdout.splitlines()[-1].startswith("2 passed"), done.stdout + done.stderr


@pytest.mark.discord_js
def test_the_bot_in_javascript_passes_its_test(files):
    (files / "node_modules").symlink_to(DISCORD_JS)
    done = run(files, "node", "test.mjs")

    assert done.returncode == 0, done.stdout + done.stderr
