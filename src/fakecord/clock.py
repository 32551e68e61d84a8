"""The one clock of a fakecord: ids, interaction windows, rate windows and timestamps all read it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime


class Clock:
    """Real time until frozen, set or advanced; thawed, it runs on from where it stands."""

    def __init__(self) -> None:
        self._offset = 0.0
        self._frozen_at: float | None = None
        self._listeners: list[Callable[[], None]] = []

    @property
    def frozen(self) -> bool:
        return self._frozen_at is not None

    def now(self) -> float:
        """Seconds since 1970."""
        if self._frozen_at is not None:
            return self._frozen_at
        return time.time() + self._offset

    def freeze(self, at: float | None = None) -> None:
        self._frozen_at = self.now() if at is None else at
        self._changed()

    def thaw(self) -> None:
        if self._frozen_at is not None:
            self._offset = self._frozen_at - time.time()
            self._frozen_at = None
        self._changed()

    def set(self, at: float) -> None:
        """Stand at *at*; a running clock runs on from there."""
        if self._frozen_at is not None:
            self._frozen_at = at
        else:
            self._offset = at - time.time()
        self._changed()

    def advance(self, seconds: float) -> None:
        self.set(self.now() + seconds)

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call *listener* after each change made by hand; the answer stops it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _changed(self) -> None:
        for listener in list(self._listeners):
            listener()


def iso(at: float) -> str:
    """As Discord writes times: microseconds and an explicit UTC offset."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds")


def from_iso(text: str) -> float:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
