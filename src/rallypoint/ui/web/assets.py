"""Where the static files are, and how a page links one so that it may be kept for ever."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

STATIC = Path(__file__).parent / "static"


def versions(static: Path = STATIC) -> Mapping[str, str]:
    """File → what its content is called. A wheel carries the list; a working copy is read anew."""
    manifest = static / "manifest.json"
    if manifest.exists():
        listed: dict[str, str] = json.loads(manifest.read_text(encoding="utf-8"))
        return listed
    return {
        file.relative_to(static).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()[:10]
        for file in sorted(static.rglob("*"))
        if file.is_file()
    }
