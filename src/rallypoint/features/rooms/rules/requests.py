"""Who may open a room, and what it may be called."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from rallypoint.kernel.errors import Conflict, Forbidden, Refused
from rallypoint.kernel.people import Actor, Permission

from . import overwrites, powers

AN_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Usage:
    """How many rooms there are: of the member now, of the member in the last hour, of the guild now."""

    open_of_member: int
    created_in_an_hour: int
    open_of_guild: int


def check_may_open(actor: Actor, roles: Collection[int]) -> None:
    """Raise Forbidden for who has none of *roles*, if there are any, and is no moderator."""
    if roles and actor.roles.isdisjoint(roles) and not actor.may(powers.MODERATORS):
        raise Forbidden("rooms_of_roles")


def check_quota(usage: Usage, *, most_open: int, most_an_hour: int, most_of_guild: int) -> None:
    """Raise Conflict with the quota that is used up."""
    if usage.open_of_member >= most_open:
        raise Conflict("rooms_of_member", most=most_open)
    if usage.created_in_an_hour >= most_an_hour:
        raise Conflict("rooms_an_hour", most=most_an_hour)
    if usage.open_of_guild >= most_of_guild:
        raise Conflict("rooms_of_guild", most=most_of_guild)


def check_permissions(
    held: Permission, *, where: str, needed: Permission = overwrites.NEEDED
) -> None:
    """Raise Refused, naming what the bot lacks, before anything is created: Discord counts what it has to forbid."""
    if Permission.ADMINISTRATOR in held:
        return
    if missing := needed & ~held:
        raise Refused("bot_lacks_permission", permission=missing.words, where=where)


def pick(
    names: Sequence[str], *, taken: Collection[str], choose: Callable[[Sequence[str]], str]
) -> str:
    """A name nobody has; once all are taken, one with a number."""
    free = [name for name in names if name not in taken]
    if free:
        return choose(free)
    base = choose(names)
    return next(
        name for number in range(2, len(taken) + 3) if (name := f"{base} {number}") not in taken
    )


def bitrate(kilobits: int | None, *, most: int | None) -> int | None:
    """As the guild wants it, as far as its boosts allow: Discord refuses a create with more. Not known how far: none,
    which is Discord's default."""
    if kilobits is None or most is None:
        return None
    return min(kilobits * 1000, most)


def fill_template(template: str, *, user: str, number: int) -> str:
    """Only {user} and {n} mean something; anything else in braces is text."""
    return template.replace("{n}", str(number)).replace("{user}", user)


def free_number(taken: Collection[int]) -> int:
    """The least from 1 on that is not taken."""
    return next(number for number in range(1, len(taken) + 2) if number not in taken)
