"""Where the bot has work to do in a guild."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.rooms import api as rooms
from rallypoint.kernel.ids import ChannelId, GuildId


async def places(
    session: AsyncSession, guild_id: GuildId, named: ChannelId | None = None
) -> Sequence[ChannelId]:
    """The channels and categories set for rooms there, after the one somebody named."""
    settings = await rooms.settings_of(session, guild_id)
    given = [named, settings.category, settings.overflow]
    for lobby in settings.lobbies:
        own = await rooms.settings_of(session, guild_id, lobby)
        given += [ChannelId(lobby), own.category, own.overflow]
    return list(dict.fromkeys(ChannelId(each) for each in given if each))
