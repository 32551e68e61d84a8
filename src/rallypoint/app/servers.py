"""Which servers somebody may look at, and to which they may add the bot."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rallypoint.adapters.discord.oauth import TheirGuild
from rallypoint.adapters.http.site import Servers, ShownServer
from rallypoint.kernel.errors import NotFound, Refused, Unavailable
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import GuildId
from rallypoint.kernel.people import Permission, Role
from rallypoint.ui.web.languages import N_
from rallypoint.ui.web.rights import Rights
from rallypoint.ui.web.visitors import Visitor

from .entrance import Entrance

KEPT = timedelta(seconds=60)
MOST_KEPT = 1000
MOST_ASKED = 100
"""Servers in which Discord is asked what somebody is."""
WORDS = {
    Role.VIEWER: N_("You may look"),
    Role.ORGANISER: N_("You organise"),
    Role.ADMIN: N_("You manage it"),
}


@dataclass(slots=True)
class Picker:
    parts: Parts
    entrance: Entrance
    rights: Rights
    _kept: dict[str, tuple[datetime, list[TheirGuild]]] = field(default_factory=dict)
    """By log-in: Discord is asked for the list once a minute."""

    async def servers(self, visitor: Visitor) -> Servers:
        here = self.parts.discord.guild_ids()
        try:
            theirs, all_known = await self._theirs(visitor), True
        except (Refused, Unavailable):
            theirs, all_known = [], False
        common = [each.id for each in theirs if each.id in here]
        if self.rights.is_operator(visitor.user_id) or not all_known:
            common = list(dict.fromkeys([*common, *sorted(here)]))
        looked = await asyncio.gather(
            *(self._shown(visitor, guild_id) for guild_id in common[:MOST_ASKED])
        )
        return Servers(
            here=_by_name(each for each in looked if each is not None),
            addable=_by_name(self._addable(each) for each in theirs if self._is_addable(each)),
            all_known=all_known,
        )

    async def _theirs(self, visitor: Visitor) -> list[TheirGuild]:
        now = self.parts.clock.now()
        at, known = self._kept.get(visitor.log_in_id, (None, []))
        if at is not None and at <= now < at + KEPT:
            return known
        known = await self.entrance.guilds_of(visitor)
        self._kept.pop(visitor.log_in_id, None)
        self._kept[visitor.log_in_id] = (now, known)
        while len(self._kept) > MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        return known

    async def _shown(self, visitor: Visitor, guild_id: GuildId) -> ShownServer | None:
        try:
            actor = await self.rights.actor(visitor.user_id, guild_id)
        except (NotFound, Unavailable):
            return None
        role = await self.rights.role(actor)
        look = self.parts.discord.look(guild_id)
        if look is None or role not in WORDS:
            return None
        return ShownServer(guild_id, look.name, WORDS[role], f"/servers/{guild_id}/overview")

    def _is_addable(self, guild: TheirGuild) -> bool:
        allowed = self.parts.settings.allowed_guilds
        manages = guild.is_owner or bool(
            guild.permissions & (Permission.MANAGE_GUILD | Permission.ADMINISTRATOR)
        )
        elsewhere = guild.id not in self.parts.discord.guild_ids()
        return manages and elsewhere and (not allowed or guild.id in allowed)

    def _addable(self, guild: TheirGuild) -> ShownServer:
        bot_id = self.parts.discord.bot_id
        link = f"{self.parts.invite(bot_id)}&guild_id={guild.id}" if bot_id else ""
        return ShownServer(guild.id, guild.name, "", link)


def _by_name(servers: Iterable[ShownServer]) -> list[ShownServer]:
    return sorted(servers, key=lambda each: each.name.casefold())
