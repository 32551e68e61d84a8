"""What struck whom, and the dice that decide it."""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

KEPT = 10_000


class Struck(NamedTuple):
    at: float
    """Of the clock, in seconds since 1970."""
    fault: str
    target: str


class Trace:
    """Every fault that struck, oldest first; told of each, whoever listens."""

    def __init__(self, now: Callable[[], float], tell: Callable[[], None]) -> None:
        self.seed = 0
        self.tell = tell
        """That a fault was set, struck or is over."""
        self._now = now
        self._kept: deque[Struck] = deque(maxlen=KEPT)
        self._rolls: Counter[str] = Counter()

    def begin(self, seed: int) -> None:
        """From an empty page, with the dice of *seed*."""
        self.seed = seed
        self._rolls.clear()
        self._kept.clear()

    def note(self, fault: str, target: str) -> None:
        self._kept.append(Struck(round(self._now(), 6), fault, target))
        self.tell()

    def __iter__(self) -> Iterator[Struck]:
        return iter(list(self._kept))

    def __len__(self) -> int:
        return len(self._kept)

    def roll(self, about: str) -> float:
        """From 0 up to 1, decided by the seed, what it is about, and how often that was asked.

        Not the next number of one row: then it would count who of two callers came first.
        """
        self._rolls[about] += 1
        asked = f"{self.seed}:{about}:{self._rolls[about]}"
        digest = hashlib.blake2b(asked.encode(), digest_size=8).digest()
        return int.from_bytes(digest) / (1 << 64)
