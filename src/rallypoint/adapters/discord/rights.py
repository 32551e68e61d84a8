"""Who may do what in a guild, as Discord says it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from rallypoint.kernel.errors import NotFound, Unavailable
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import GuildId, UserId
from rallypoint.kernel.people import Actor, Permission, Role
from rallypoint.kernel.ports import Standing

KEPT = timedelta(seconds=60)
"""No authority is older than this. Who has just joined, or was just given a role, waits as long at most."""
MOST_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class _Asked:
    at: datetime
    answer: asyncio.Task[Standing | None]

    def is_fresh(self, now: datetime) -> bool:
        return self.at <= now < self.at + KEPT


class Rights:
    """Asks Discord at most once a minute about a person in a guild, however many requests wait for the answer.

    Not to be called within a transaction: Discord may take its time.
    """

    def __init__(
        self, parts: Parts, role_of: Callable[[Actor], Awaitable[Role]] | None = None
    ) -> None:
        """*role_of*: what the guild has made of somebody; without, nobody is more than a member."""
        self._parts = parts
        self._role_of = role_of
        self._asked: dict[tuple[GuildId, UserId], _Asked] = {}

    def is_operator(self, user_id: UserId) -> bool:
        return user_id in self._parts.operators()

    async def actor(self, user_id: UserId, guild_id: GuildId) -> Actor:
        """Raise NotFound for who is no member, as for a guild without the bot; Unavailable while the bot is away."""
        standing = await self._standing(guild_id, user_id)
        if self.is_operator(user_id):
            return await self._operator(guild_id, user_id, standing)
        if standing is None:
            raise NotFound("guild_unknown", guild=guild_id)
        return Actor(user_id, guild_id, standing.name, standing.permissions, standing.roles)

    async def role(self, actor: Actor) -> Role:
        return Role.MEMBER if self._role_of is None else await self._role_of(actor)

    async def _operator(
        self, guild_id: GuildId, user_id: UserId, standing: Standing | None
    ) -> Actor:
        bot_id = self._parts.discord.bot_id
        if standing is None and (bot_id is None or await self._standing(guild_id, bot_id) is None):
            raise NotFound("guild_unknown", guild=guild_id)
        name = standing.name if standing else "an operator"
        roles = standing.roles if standing else frozenset()
        return Actor(user_id, guild_id, name, Permission.ADMINISTRATOR, roles)

    async def _standing(self, guild_id: GuildId, user_id: UserId) -> Standing | None:
        if not self._parts.discord.connected:
            raise Unavailable("The bot is not connected: nobody's rights are known")
        key, now = (guild_id, user_id), self._parts.clock.now()
        asked = self._asked.get(key)
        if asked is None or not asked.is_fresh(now):
            self._asked.pop(key, None)
            answer = asyncio.create_task(self._parts.discord.standing(guild_id, user_id))
            asked = self._asked[key] = _Asked(now, answer)
            answer.add_done_callback(lambda done: self._drop_failed(key, done))
            while len(self._asked) > MOST_KEPT:
                del self._asked[next(iter(self._asked))]
        # Shielded: others may wait for the same answer when this request is given up.
        return await asyncio.shield(asked.answer)

    def _drop_failed(
        self, key: tuple[GuildId, UserId], done: asyncio.Task[Standing | None]
    ) -> None:
        failed = done.cancelled() or done.exception() is not None
        if failed and key in self._asked and self._asked[key].answer is done:
            del self._asked[key]
