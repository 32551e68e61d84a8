"""A Chromium for the browser tests: the machine's own, or Debian's."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.servers import debian

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


def find() -> str | None:
    for name in NAMES:
        if path := shutil.which(name):
            return path
    return str(MAC) if MAC.exists() else None


def provide(*, may_install: bool) -> str:
    """The program's path; raises debian.CannotInstall."""
    if path := find():
        return path
    if not may_install:
        raise debian.CannotInstall("chromium is not installed")
    debian.install("chromium")
    if path := find():
        return path
    raise debian.CannotInstall("the chromium package brought no chromium program")
