"""Counting what Discord punishes when there is too much of it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from datetime import timedelta


class Budget:
    """How often something happened within the last *window*; *most* is where Discord acts."""

    def __init__(
        self,
        most: int,
        window: timedelta,
        *,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self.most = most
        self._window = window.total_seconds()
        self._elapsed = elapsed
        self._moments: deque[float] = deque(maxlen=most)

    @property
    def used(self) -> int:
        self._forget()
        return len(self._moments)

    def count(self) -> int:
        """One more; returns how many there are now."""
        self._moments.append(self._elapsed())
        return self.used

    def wait_for(self, share: float) -> float:
        """Seconds until less than *share* (0 to 1) of it is used; 0.0: now."""
        spare = self.used - int(self.most * share)
        if spare < 0:
            return 0.0
        return max(0.0, self._moments[spare] + self._window - self._elapsed())

    def _forget(self) -> None:
        oldest = self._elapsed() - self._window
        while self._moments and self._moments[0] <= oldest:
            self._moments.popleft()
