"""What one who asks may see of a guild."""

from __future__ import annotations

from dataclasses import dataclass, field

from rallypoint.features.presence import api as presence
from rallypoint.kernel.errors import Unavailable
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import ChannelId
from rallypoint.kernel.people import Actor, Permission

from . import shapes


@dataclass(slots=True)
class View:
    parts: Parts
    actor: Actor
    shown: set[ChannelId] = field(default_factory=set)
    """Channels that were told of: whoever saw one being filled is told that it was emptied, though it is gone."""

    def sees(self, channel_id: ChannelId) -> bool:
        permissions = self._permissions(channel_id)
        if permissions is None:
            return channel_id in self.shown
        if Permission.VIEW_CHANNEL not in permissions:
            return False
        self.shown.add(channel_id)
        return True

    def has_lost(self) -> bool:
        """Whether a channel that was told of may not be seen any more."""
        return any(not self._may_see(channel_id) for channel_id in self.shown)

    def told(self, present: list[presence.Present], *, known: bool) -> shapes.Voice:
        self.shown.clear()
        if present and self.parts.discord.bot_permissions(self.actor.guild_id) is None:
            raise Unavailable("The server is in an outage: which channels are whose is not known")
        seen = [each for each in present if self.sees(each.channel_id)]
        return shapes.voice(self.actor.guild_id, seen, known=known)

    async def read(self) -> shapes.Voice:
        async with self.parts.sessions() as session:
            present = await presence.present(session, self.actor.guild_id)
            known = await presence.is_known(session, self.actor.guild_id)
        return self.told(list(present), known=known)

    def _may_see(self, channel_id: ChannelId) -> bool:
        permissions = self._permissions(channel_id)
        return permissions is None or Permission.VIEW_CHANNEL in permissions

    def _permissions(self, channel_id: ChannelId) -> Permission | None:
        who = self.actor
        held = self.parts.discord.member_permissions(
            who.guild_id, channel_id, who.user_id, who.roles
        )
        if held is not None and Permission.ADMINISTRATOR in who.permissions:
            return held | Permission.VIEW_CHANNEL
        return held
