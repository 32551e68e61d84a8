"""What keeps the bot from its work in a guild."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.checkups import texts
from rallypoint.features.checkups.rules import OF_GUILD
from rallypoint.features.guilds import api as guilds
from rallypoint.features.presence import api as presence
from rallypoint.features.rooms import api as rooms
from rallypoint.kernel.feature import Finding, Grade
from rallypoint.kernel.ids import ChannelId, GuildId
from rallypoint.kernel.people import Permission
from rallypoint.kernel.ports import Discord


async def examine(
    session: AsyncSession, discord: Discord, guild_id: GuildId, *, needed: Permission
) -> list[Finding]:
    """All that can be said without asking Discord anew."""
    if not discord.connected:
        return [Finding(Grade.FAILURE, *texts.NOT_CONNECTED)]
    base = discord.bot_permissions(guild_id)
    if base is None or not await presence.is_known(session, guild_id):
        return [Finding(Grade.WARNING, *texts.OUT_OF_SIGHT)]
    found = [Finding(Grade.OK, *texts.IN_SIGHT), _rights(base, needed)]
    settings = await rooms.settings_of(session, guild_id)
    places = [
        ("rooms.category", settings.category),
        ("rooms.overflow", settings.overflow),
        *(("rooms.lobbies", each) for each in settings.lobbies),
        ("rooms.log_channel", settings.log_channel),
    ]
    for each in settings.lobbies:
        own = await rooms.settings_of(session, guild_id, each)
        places += [("rooms.category", own.category), ("rooms.overflow", own.overflow)]
    found += _places(discord, guild_id, dict.fromkeys(places), needed & ~OF_GUILD)
    for incident in await guilds.open_incidents(session, guild_id):
        found.append(
            Finding(Grade.FAILURE, incident.capability, incident.detail, texts.FORBIDDEN_FIX)
        )
    return found


def _rights(base: Permission, needed: Permission) -> Finding:
    missing = Permission.NONE if Permission.ADMINISTRATOR in base else needed & ~base
    if missing:
        return Finding(Grade.FAILURE, texts.RIGHTS, missing.words, texts.RIGHTS_FIX)
    return Finding(Grade.OK, texts.RIGHTS, texts.RIGHTS_ALL)


def _places(
    discord: Discord,
    guild_id: GuildId,
    places: Iterable[tuple[str, int | None]],
    needed: Permission,
) -> list[Finding]:
    look = discord.look(guild_id)
    names = {each.id: each.name for each in look.channels} if look else {}
    found = []
    for key, place in places:
        if place is None:
            continue
        channel_id = ChannelId(place)
        name = names.get(channel_id, str(place))
        held = discord.bot_permissions(guild_id, channel_id)
        if held is None:
            found.append(Finding(Grade.FAILURE, f"{key}: {name}", texts.GONE, texts.GONE_FIX))
            continue
        wanted = rooms.TO_WRITE if key == "rooms.log_channel" else needed
        missing = Permission.NONE if Permission.ADMINISTRATOR in held else wanted & ~held
        if missing:
            found.append(Finding(Grade.FAILURE, f"{key}: {name}", missing.words, texts.PLACE_FIX))
        else:
            found.append(Finding(Grade.OK, f"{key}: {name}", texts.RIGHTS_ALL))
    return found
