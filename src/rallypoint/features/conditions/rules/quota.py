"""At most so many an hour: in whichever hour one looks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent lately. A clock that goes back and forth makes it neither forget too early nor grow without end."""

    lately: tuple[tuple[datetime, str], ...] = ()
    forgotten: datetime | None = None
    """The latest that is not among them any more."""

    def has(self, event_id: str) -> bool:
        return any(each == event_id for _, each in self.lately)

    def has_room(self, most: int, at: datetime) -> bool:
        """Whether no hour that *at* lies in would see more than *most*."""
        if self.forgotten is not None and at - self.forgotten < HOUR:
            return False
        kept = [moment for moment, _ in self.lately if at - moment < HOUR]
        near = [moment for moment in kept if moment - at < HOUR]
        return len(near) < most and len(kept) < 2 * most

    def and_one(self, event_id: str, at: datetime) -> Sent:
        kept = tuple(each for each in self.lately if at - each[0] < HOUR)
        gone = [moment for moment, _ in self.lately if at - moment >= HOUR]
        if self.forgotten is not None:
            gone.append(self.forgotten)
        return Sent((*kept, (at, event_id)), max(gone, default=None))
