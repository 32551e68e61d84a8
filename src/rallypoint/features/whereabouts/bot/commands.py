from __future__ import annotations

import io
import json

import discord
from discord import app_commands
from discord.ext import commands

from rallypoint.features.presence import api as presence
from rallypoint.features.whereabouts import service, texts
from rallypoint.features.whereabouts.rules import Period
from rallypoint.kernel.errors import NotFound
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import ChannelId, UserId
from rallypoint.ui.discord.actors import actor_of

from .forgetting import Confirmation

Interaction = discord.Interaction
Vocal = discord.VoiceChannel | discord.StageChannel
PERIODS = [app_commands.Choice(name=each.value, value=each.value) for each in Period]
SWITCH = [app_commands.Choice(name=each, value=each) for each in ("on", "off")]


@app_commands.guild_only()
class VoiceCommands(
    commands.GroupCog, group_name="voice", group_description="Who is in voice, and your own data"
):
    """All answers are seen by who asks alone."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    @app_commands.command(description="See who is in which voice channel, and since when.")
    @app_commands.describe(channel="Left out: every channel you can see")
    async def who(self, interaction: Interaction, channel: Vocal | None = None) -> None:
        actor = actor_of(interaction)
        if channel is not None and not _sees(interaction, channel.id):
            raise NotFound("voice_channel_unknown")
        async with self.parts.sessions.begin() as session:
            known = await presence.is_known(session, actor.guild_id)
            one = None if channel is None else ChannelId(channel.id)
            there = await presence.present(session, actor.guild_id, one)
        seen = [each for each in there if _sees(interaction, each.channel_id)]
        said = texts.who(seen, in_one=channel is not None) if known else texts.UNKNOWN
        await interaction.response.send_message(said, ephemeral=True)

    @app_commands.command(description="See how long you, or somebody, was in voice here.")
    @app_commands.describe(member="Left out: yourself", period="Left out: the last 7 days")
    @app_commands.choices(period=PERIODS)
    async def time(
        self,
        interaction: Interaction,
        member: discord.User | None = None,
        period: app_commands.Choice[str] | None = None,
    ) -> None:
        actor, now = actor_of(interaction), self.parts.clock.now()
        of = UserId(member.id) if member else actor.user_id
        span = Period(period.value) if period else Period.WEEK
        async with self.parts.sessions.begin() as session:
            spent = await service.time_of(session, of, span, by=actor, now=now)
        await interaction.response.send_message(texts.time(spent, of, span), ephemeral=True)

    @app_commands.command(description="Choose whether I remember when you were in voice.")
    @app_commands.describe(history="Left out: see what you have chosen")
    @app_commands.choices(history=SWITCH)
    async def privacy(
        self, interaction: Interaction, history: app_commands.Choice[str] | None = None
    ) -> None:
        user_id = actor_of(interaction).user_id
        async with self.parts.sessions.begin() as session:
            if history is None:
                wanted = await presence.wants_history(session, user_id)
                said = texts.KEPT if wanted else texts.NOT_KEPT
            else:
                wanted, now = history.value == "on", self.parts.clock.now()
                await presence.choose(session, user_id, history=wanted, now=now)
                said = texts.TURNED_ON if wanted else texts.TURNED_OFF
        await interaction.response.send_message(said, ephemeral=True)

    @app_commands.command(description="Get a file with all I keep about you in voice.")
    async def export(self, interaction: Interaction) -> None:
        user_id = actor_of(interaction).user_id
        await interaction.response.defer(ephemeral=True)
        async with self.parts.sessions.begin() as session:
            told = await presence.export(session, user_id)
        content = io.BytesIO(json.dumps(told, indent=1).encode())
        file = discord.File(content, filename="voice.json")
        await interaction.followup.send(texts.EXPORTED, file=file, ephemeral=True)

    @app_commands.command(description="Delete what I remember of when you were in voice.")
    async def forget(self, interaction: Interaction) -> None:
        user_id = actor_of(interaction).user_id
        async with self.parts.sessions.begin() as session:
            stays = await presence.count(session, user_id)
        await interaction.response.send_message(
            texts.ask_to_forget(stays), view=Confirmation(self.parts), ephemeral=True
        )


def _sees(interaction: Interaction, channel_id: int) -> bool:
    """Discord says with a command only what its author may in the channel they wrote it in."""
    guild, member = interaction.guild, interaction.user
    channel = guild.get_channel(channel_id) if guild else None
    if channel is None or not isinstance(member, discord.Member):
        return False
    return channel.permissions_for(member).view_channel
