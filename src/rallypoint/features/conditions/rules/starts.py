"""When games start, as far as events have said so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .heard import Heard, guild_of, start_of

MOST = 200


@dataclass(frozen=True, slots=True)
class Starts:
    known: Mapping[str, tuple[int | None, datetime]] = field(default_factory=dict)
    """By what the event was about: of which guild, and when."""

    def told(self, event: Heard) -> Starts:
        """The last word on a game counts; one that has no start any more is none."""
        if not says(event) or event.fleeting:
            return self
        known = {subject: each for subject, each in self.known.items() if subject != event.subject}
        if (start := start_of(event)) is not None:
            known[event.subject] = (guild_of(event), start)
        return Starts(dict(list(known.items())[-MOST:]))

    def is_near(self, event: Heard, at: datetime, within: timedelta) -> bool:
        own = start_of(event)
        guild_id = guild_of(event)
        theirs = [start for guild, start in self.known.values() if guild == guild_id]
        return any(abs(at - start) <= within for start in ([own] if own else theirs))


def says(event: Heard) -> bool:
    return "starts_at" in event.data
