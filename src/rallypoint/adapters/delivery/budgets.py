"""How much one address gets from us, whoever wants it sent: many guests together must not flood somebody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from rallypoint.kernel.networks import AnyAddress

A_SECOND = 50.0
AT_ONCE = 200.0
MOST_KEPT = 10_000


class Spent(Exception):
    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"more in {wait}")
        self.wait = wait


class Budgets:
    """*time* is in seconds, of any beginning, and never goes back."""

    def __init__(
        self, time: Callable[[], float], *, a_second: float = A_SECOND, at_once: float = AT_ONCE
    ) -> None:
        self._time = time
        self._a_second = a_second
        self._at_once = at_once
        self._left: dict[AnyAddress, tuple[float, float]] = {}
        """Of each address: how many it may be sent, and when that was so."""

    def take(self, place: AnyAddress) -> None:
        """Raise Spent if *place* has had enough for now."""
        now = self._time()
        left = self._left_at(now, place)
        if left < 1:
            raise Spent(timedelta(seconds=(1 - left) / self._a_second))
        if len(self._left) >= MOST_KEPT:
            self._forget_the_full(now)
        self._left[place] = (left - 1, now)

    def _left_at(self, now: float, place: AnyAddress) -> float:
        left, then = self._left.get(place, (self._at_once, now))
        return min(self._at_once, left + (now - then) * self._a_second)

    def _forget_the_full(self, now: float) -> None:
        for place in [each for each in self._left if self._left_at(now, each) >= self._at_once]:
            del self._left[place]
