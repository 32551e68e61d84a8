"""What the owner of a room may do with it, and how often Discord lets a channel be renamed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from rallypoint.features.rooms.api import KEEPER, MODERATORS, USABLE
from rallypoint.features.rooms.api import Power as Power
from rallypoint.kernel.errors import Conflict, Forbidden
from rallypoint.kernel.ids import UserId
from rallypoint.kernel.people import Actor

MOST_MEMBERS = 99
"""Discord's bound on a voice channel's user limit."""


@dataclass(frozen=True, slots=True)
class Target:
    """The room that somebody wants to do something with."""

    state: str
    keeper: str
    owner_id: UserId
    creator_id: UserId
    humans: frozenset[UserId]
    """Those who are in it now."""
    held: bool = False


def is_moderator(actor: Actor) -> bool:
    return actor.may(MODERATORS)


def check_may(power: Power | None, actor: Actor, target: Target, *, off: Collection[Power]) -> None:
    """Raise Conflict (the room is not in a state for it), or Forbidden with whose it is. None: what no guild switches
    off."""
    if target.state not in USABLE:
        raise Conflict("room_unknown")
    if target.keeper != KEEPER:
        raise Conflict("room_kept", keeper=target.keeper)
    moderator = is_moderator(actor)
    if power is not None and power in off and not moderator:
        raise Forbidden("power_off", power=power.value)
    if power is Power.CLAIM:
        _check_claim(actor, target)
    elif actor.user_id != target.owner_id and not moderator:
        raise Forbidden("room_not_yours", owner=f"<@{target.owner_id}>")
    if power is Power.CLOSE and target.held:
        raise Conflict("room_held")


def _check_claim(actor: Actor, target: Target) -> None:
    if actor.user_id == target.owner_id:
        raise Conflict("room_yours_already")
    if actor.user_id not in target.humans:
        raise Conflict("claim_from_outside")
    may_reclaim = actor.user_id == target.creator_id or is_moderator(actor)
    if target.owner_id in target.humans and not may_reclaim:
        raise Conflict("owner_present", owner=f"<@{target.owner_id}>")


def check_limit(limit: int) -> None:
    if not 0 <= limit <= MOST_MEMBERS:
        raise Conflict("limit_unusable", most=MOST_MEMBERS)


RENAME_WINDOW = timedelta(minutes=10)
RENAMES = 2
"""https://github.com/discord/discord-api-docs/issues/1900: of name and topic together, per channel."""


@dataclass(frozen=True, slots=True)
class Renames:
    """The last two, the latest first."""

    last: datetime | None = None
    before: datetime | None = None

    def left(self, now: datetime) -> int:
        recent = [each for each in (self.last, self.before) if _is_recent(each, now)]
        return RENAMES - len(recent)

    def next_at(self, now: datetime) -> datetime:
        """*now*, unless both are used up."""
        if self.left(now) or self.before is None:
            return now
        return self.before + RENAME_WINDOW

    def used(self, now: datetime) -> Renames:
        return Renames(now, self.last)


def _is_recent(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment + RENAME_WINDOW > now
