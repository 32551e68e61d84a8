from __future__ import annotations

import re
from collections.abc import Collection


class Ears:
    """For which kinds of events there is somebody beside the subscribers that the program itself has. One a program."""

    def __init__(self) -> None:
        self._wanted: re.Pattern[str] | None = None

    def open_to(self, patterns: Collection[str]) -> None:
        """Kinds, with `*` for any number of characters."""
        words = [".*".join(map(re.escape, each.split("*"))) for each in sorted(patterns)]
        self._wanted = re.compile("|".join(words)) if words else None

    def hear(self, kind: str) -> bool:
        return self._wanted is not None and self._wanted.fullmatch(kind) is not None
