"""The lobbies of a server as they are shown: where they are, and how their rooms differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.guilds import api as guilds
from rallypoint.features.rooms import api as rooms
from rallypoint.features.rooms.api import Room
from rallypoint.kernel.ids import ChannelId, GuildId
from rallypoint.kernel.people import Permission
from rallypoint.kernel.ports import Discord, GuildLook

MODELS = {"rooms": rooms.RoomSettings}
NEEDED = Permission.VIEW_CHANNEL | Permission.CONNECT | Permission.MOVE_MEMBERS
"""Of the bot in a lobby; in the category of its rooms it needs more."""


@dataclass(frozen=True, slots=True)
class Lobby:
    id: ChannelId
    name: str
    category: str
    rooms: int
    """That are open."""
    differs: int
    """In how many settings."""
    is_gone: bool
    missing: str
    """What the bot lacks there."""


async def lobbies(
    session: AsyncSession, discord: Discord, guild_id: GuildId, look: GuildLook | None
) -> Sequence[Lobby]:
    settings = await rooms.settings_of(session, guild_id)
    live = select(Room.lobby_id).where(Room.guild_id == guild_id, Room.state.in_(rooms.LIVE))
    of_rooms = list(await session.scalars(live))
    known = {each.id: each for each in look.channels} if look else {}
    found = []
    for each in map(ChannelId, settings.lobbies):
        shown = await guilds.show(session, MODELS, guild_id, each)
        channel = known.get(each)
        above = known.get(channel.parent_id) if channel and channel.parent_id else None
        found.append(
            Lobby(
                each,
                channel.name if channel else f"#{each}",
                above.name if above else "",
                of_rooms.count(each),
                sum(setting.origin == "channel" for setting in shown),
                is_gone=look is not None and channel is None,
                missing=_missing(discord, guild_id, each) if channel else "",
            )
        )
    return found


def _missing(discord: Discord, guild_id: GuildId, channel_id: ChannelId) -> str:
    held = discord.bot_permissions(guild_id, channel_id)
    if held is None or Permission.ADMINISTRATOR in held:
        return ""
    return (NEEDED & ~held).words


async def free_channels(
    session: AsyncSession, guild_id: GuildId, look: GuildLook | None
) -> Sequence[ChannelId]:
    """Voice channels that could be lobbies: that are none, and no rooms."""
    taken = set((await rooms.settings_of(session, guild_id)).lobbies)
    live = select(Room.channel_id).where(Room.guild_id == guild_id, Room.state.in_(rooms.LIVE))
    taken |= {each for each in await session.scalars(live) if each}
    channels = look.channels if look else ()
    return [each.id for each in channels if each.kind == "voice" and each.id not in taken]
