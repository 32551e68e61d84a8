"""Names the web assets by their content, so that a page can link `/static/app.css?v=…` for ever.

The manifest goes into the wheel only. It is never written into the tree: an editable install
would go on naming what the files held when a wheel was last built.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

STATIC = Path("rallypoint/ui/web/static")


def manifest(static: Path) -> dict[str, str]:
    """Path below *static* → the first ten hex digits of the file's SHA-256."""
    return {
        file.relative_to(static).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()[:10]
        for file in sorted(static.rglob("*"))
        if file.is_file() and file.name != "manifest.json"
    }


class WebAssets(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        self._made = tempfile.TemporaryDirectory()
        if version == "editable":
            return
        written = Path(self._made.name) / "manifest.json"
        written.write_text(json.dumps(manifest(Path(self.root) / "src" / STATIC), indent=1))
        build_data["force_include"][str(written)] = str(STATIC / "manifest.json")

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        self._made.cleanup()
