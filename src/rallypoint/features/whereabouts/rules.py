"""How time in voice adds up. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Protocol, assert_never
from zoneinfo import ZoneInfo

from rallypoint.features.presence.api import DEAFENED, MUTED
from rallypoint.kernel.errors import Forbidden
from rallypoint.kernel.ids import UserId
from rallypoint.kernel.people import Actor, Permission


class Period(StrEnum):
    TODAY = "today"
    WEEK = "7 days"
    MONTH = "30 days"
    ALL = "all"

    def since(self, now: datetime, zone: str) -> datetime | None:
        """Today begins at midnight in *zone*; None: whatever is kept."""
        match self:
            case Period.TODAY:
                here = ZoneInfo(zone)
                return datetime.combine(now.astimezone(here).date(), time(), here)
            case Period.WEEK:
                return now - timedelta(days=7)
            case Period.MONTH:
                return now - timedelta(days=30)
            case Period.ALL:
                return None
            case _:
                assert_never(self)


class Spent(Protocol):
    """A stored stay."""

    started_at: datetime
    ended_at: datetime | None
    counted_at: datetime | None
    flags: int
    muted_seconds: float
    deafened_seconds: float
    alone_seconds: float
    unseen_seconds: float


@dataclass(slots=True)
class Time:
    """Seconds. Of what was *unseen* nobody knows how it was spent: it is in none of the other three parts."""

    stays: int = 0
    present: float = 0.0
    muted: float = 0.0
    deafened: float = 0.0
    alone: float = 0.0
    unseen: float = 0.0

    @property
    def unmuted(self) -> float:
        return max(0.0, self.present - self.unseen - self.muted)

    @property
    def undeafened(self) -> float:
        return max(0.0, self.present - self.unseen - self.deafened)

    @property
    def in_company(self) -> float:
        return max(0.0, self.present - self.unseen - self.alone)

    def add(
        self, stay: Spent, *, since: datetime | None, now: datetime, alone: bool, known: bool
    ) -> None:
        """The part of *stay* after *since*. For one that goes on: whether they are *alone*, and the guild is known.

        Of a stay that began before, as large a share of each part is taken as of the whole: when they were muted is
        not kept.
        """
        end = stay.ended_at or max(now, stay.started_at)
        whole = (end - stay.started_at).total_seconds()
        begin = stay.started_at if since is None else max(since, stay.started_at)
        length = (end - begin).total_seconds()
        if length <= 0:
            return
        share = length / whole
        left = 0.0
        if stay.ended_at is None:
            left = max(0.0, (now - (stay.counted_at or stay.started_at)).total_seconds())
        seen, flags = (left if known else 0.0), stay.flags
        self.stays += 1
        self.present += length
        self.unseen += share * (stay.unseen_seconds + left - seen)
        self.muted += share * (stay.muted_seconds + (seen if flags & MUTED else 0.0))
        self.deafened += share * (stay.deafened_seconds + (seen if flags & DEAFENED else 0.0))
        self.alone += share * (stay.alone_seconds + (seen if alone else 0.0))


def total(
    stays: Iterable[Spent], *, since: datetime | None, now: datetime, alone: bool, known: bool
) -> Time:
    time = Time()
    for stay in stays:
        time.add(stay, since=since, now=now, alone=alone, known=known)
    return time


def check_may_see(of: UserId, setting: str, *, by: Actor) -> None:
    """Raise Forbidden unless *by* may see how long *of* was in voice. *setting*: `presence.time_of_others`."""
    if of == by.user_id or setting == "everybody":
        return
    moderates = by.may(Permission.MODERATE_MEMBERS) or by.may(Permission.MANAGE_GUILD)
    if setting == "nobody" or not moderates:
        raise Forbidden("time_of_others_hidden")
