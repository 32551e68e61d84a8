"""What this process connects to, seen at the socket itself: by an audit hook, which nobody in the process can avoid."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_watched: list[list[Any]] = []


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        for seen in _watched:
            seen.append(arguments[1])


sys.addaudithook(_hook)
"""A hook cannot be taken away again: one for all tests."""


@contextmanager
def connects() -> Iterator[list[Any]]:
    """Every address that is connected to meanwhile."""
    seen: list[Any] = []
    _watched.append(seen)
    try:
        yield seen
    finally:
        _watched.remove(seen)
