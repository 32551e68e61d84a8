"""Who may make no rooms on a server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from rallypoint.features.rooms.api import Bar
from rallypoint.kernel.errors import Refused, Unavailable
from rallypoint.kernel.ids import GuildId, UserId
from rallypoint.kernel.ports import Means

SHOWN = 100
MOST_ASKED = 10
"""Of those whom the bot has not met since its start, Discord is asked for the names of so many."""


@dataclass(frozen=True, slots=True)
class Barred:
    id: UserId
    name: str
    """Their id, if it is not known."""


async def barred(means: Means, guild_id: GuildId) -> Sequence[Barred]:
    """Those who were barred last come first."""
    newest = select(Bar.user_id).where(Bar.guild_id == guild_id).order_by(Bar.at.desc())
    async with means.sessions() as session:
        found = [UserId(each) for each in await session.scalars(newest.limit(SHOWN))]
    names = means.discord.member_names(guild_id, set(found))
    for each in [each for each in found if each not in names][:MOST_ASKED]:
        try:
            standing = await means.discord.standing(guild_id, each)
        except (Refused, Unavailable):
            break
        if standing is not None:
            names[each] = standing.name
    return [Barred(each, names.get(each) or str(each)) for each in found]
