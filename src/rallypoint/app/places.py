"""What is in the bot's way in the channels that a guild has set for it: the same as `/doctor` says there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rallypoint.adapters.db import Database, check_revision
from rallypoint.adapters.discord import inspection
from rallypoint.adapters.discord.inspection import SeenGuild, SeenInside
from rallypoint.features.checkups import api as checkups
from rallypoint.kernel.errors import CannotStart
from rallypoint.kernel.feature import Finding, Grade
from rallypoint.kernel.ids import ChannelId, GuildId
from rallypoint.kernel.ports import Overwrite
from rallypoint.kernel.settings import Settings

from . import catalogue
from .storage import sqlite_file


async def examine(settings: Settings, guilds: Sequence[SeenGuild]) -> Sequence[Finding]:
    """Raise Unavailable if Discord does not answer."""
    assert settings.token is not None
    token, findings = settings.token.get_secret_value(), []
    places = await _places(settings, [guild.id for guild in guilds])
    for guild in guilds:
        if looked := places.get(guild.id):
            inside = await inspection.look_into(token, settings.discord_url, guild.id)
            findings += [each for at in looked for each in _findings(guild, inside, at)]
    return findings


async def _places(
    settings: Settings, guild_ids: Sequence[GuildId]
) -> Mapping[GuildId, Sequence[ChannelId]]:
    """None, where there is no database to look into: that is said elsewhere."""
    path = sqlite_file(settings)
    if path is not None and not path.exists():
        return {}
    try:
        async with await Database.open(settings.database) as database:
            await check_revision(database)
            async with database.sessions() as session:
                return {each: await checkups.places(session, each) for each in guild_ids}
    except CannotStart:
        return {}


def _findings(guild: SeenGuild, inside: SeenInside, channel_id: ChannelId) -> Sequence[Finding]:
    channel = inside.channels.get(channel_id)
    if channel is None:
        fact = f"I cannot see {channel_id}, which is set for rooms: it is gone, or hidden from me"
        fix = "allow View Channel for the bot there, or set another with `/room settings`"
        return [Finding(Grade.FAILURE, f"guild {guild.name}", fact, fix)]
    bot = checkups.Bot(inside.bot_id, guild.id, inside.roles, guild.permissions)
    subject = f"channel {channel.name} of {guild.name}"
    found = checkups.lacks(bot, channel.overwrites, catalogue.permissions())
    if not found:
        return [Finding(Grade.OK, subject, "nothing is in the way")]
    return [_finding(subject, each, inside) for each in found]


def _finding(subject: str, lack: checkups.Lack, inside: SeenInside) -> Finding:
    def name(of: Overwrite) -> str:
        if of.target == "member":
            return "the bot itself"
        return inside.role_names.get(of.target_id, f"the role {of.target_id}")

    words = lack.permission.words
    fact = f"I lack {words}: {checkups.why(lack, name)}"
    return Finding(Grade.FAILURE, subject, fact, f"allow {words} for the bot there")
