from __future__ import annotations

import random

import discord
from discord import app_commands
from discord.ext import commands

from rallypoint.features.guilds import api as guilds
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import ChannelId
from rallypoint.kernel.people import Permission
from rallypoint.ui.discord.actors import actor_of

from . import texts
from .model import RoomSettings
from .service import asking, following

MODELS = {"rooms": RoomSettings}
RESET = "reset"


@app_commands.guild_only()
class Rooms(commands.GroupCog, group_name="room", group_description="Voice rooms"):
    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    @app_commands.command(
        description="Open a voice room for everybody; it closes when it stays empty."
    )
    @app_commands.describe(name="What the room is called; left out, I pick a name")
    async def public(
        self, interaction: discord.Interaction, name: app_commands.Range[str, 1, 100] | None = None
    ) -> None:
        await interaction.response.defer(ephemeral=True)
        actor = actor_of(interaction)
        channel_id, empty_after = await asking.open_public(
            self.parts,
            actor=actor,
            name=name,
            home=_category_of(interaction),
            reason=texts.reason_opened(actor.name),
            choose=random.choice,
        )
        await interaction.followup.send(
            texts.room_opened(channel_id, empty_after=empty_after), ephemeral=True
        )

    @app_commands.command(description="See or change how rooms work on this server.")
    @app_commands.describe(
        setting="Which one; left out, all are shown",
        value="What it is to be, or `reset` to go back to what is inherited",
    )
    async def settings(
        self,
        interaction: discord.Interaction,
        setting: str | None = None,
        value: str | None = None,
    ) -> None:
        actor = actor_of(interaction)
        actor.check_may(Permission.MANAGE_GUILD)
        guild_id, now = actor.guild_id, self.parts.clock.now()
        async with self.parts.sessions.begin() as session:
            if value is not None:
                if setting is None:
                    raise Refused("setting_value_missing", key="setting")
                key = f"rooms.{setting}"
                if value.strip().lower() == RESET:
                    await guilds.reset(session, MODELS, key, by=actor, now=now, guild_id=guild_id)
                else:
                    await guilds.put(
                        session, MODELS, key, value, by=actor, now=now, guild_id=guild_id
                    )
                await following.follow_guild(session, guild_id, now=now)
            shown = await guilds.show(session, MODELS, guild_id)
        words = [each for each in shown if setting in (None, each.key.partition(".")[2])]
        await interaction.response.send_message(texts.settings(words), ephemeral=True)

    @settings.autocomplete("setting")
    async def _settings_there_are(
        self, _: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        return [
            app_commands.Choice(name=name, value=name)
            for name in RoomSettings.model_fields
            if typed.lower() in name
        ]

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        async with self.parts.sessions.begin() as session:
            await following.note_gone(session, ChannelId(channel.id), now=self.parts.clock.now())


def _category_of(interaction: discord.Interaction) -> ChannelId | None:
    channel = interaction.channel
    if isinstance(channel, discord.Thread):
        channel = channel.parent
    category = getattr(channel, "category_id", None)
    return ChannelId(category) if category is not None else None
