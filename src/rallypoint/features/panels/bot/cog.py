"""`/room public` and `settings`, and what the gateway tells of channels."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from rallypoint.features.guilds import api as guilds
from rallypoint.features.panels import texts
from rallypoint.features.rooms import api as rooms
from rallypoint.kernel.cards import Card, ControlId, Press
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.people import Permission
from rallypoint.ui.discord.actors import actor_of
from rallypoint.ui.discord.cards import paged, view_of
from rallypoint.ui.discord.controls import Handlers

from .aliases import open_public
from .answers import Interaction
from .panel import Panel
from .powers import Powers
from .private import Private

MODELS = {"rooms": rooms.RoomSettings}
RESET = "reset"
TURN = ControlId("panels.settings")


@app_commands.guild_only()
class Rooms(Powers, commands.GroupCog, group_name="room", group_description="Voice rooms"):
    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.controls: Handlers = {
            **Panel(parts).handlers,
            **Private(parts).handlers,
            (TURN.name, TURN.version): self._turn_settings,
        }

    @app_commands.command(
        description="Open a voice room for everybody; it closes when it stays empty."
    )
    @app_commands.describe(name="What the room is called; left out, I pick a name")
    async def public(
        self, interaction: Interaction, name: app_commands.Range[str, 1, 100] | None = None
    ) -> None:
        await open_public(self.parts, interaction, name)

    @app_commands.command(
        description="Open a room for your team and its opponent; only the two may speak."
    )
    @app_commands.describe(opponent="The other team's role", team="Your team's role")
    async def private(
        self,
        interaction: Interaction,
        opponent: discord.Role | None = None,
        team: discord.Role | None = None,
    ) -> None:
        await Private(self.parts).begin(interaction, opponent, team)

    @app_commands.command(description="See or change how rooms work on this server.")
    @app_commands.describe(
        setting="Which one; left out, all are shown",
        value="What it is to be, or `reset` to go back to what is inherited",
    )
    async def settings(
        self, interaction: Interaction, setting: str | None = None, value: str | None = None
    ) -> None:
        actor = actor_of(interaction)
        actor.check_may(Permission.MANAGE_GUILD)
        guild_id, now = actor.guild_id, self.parts.clock.now()
        async with self.parts.sessions.begin() as session:
            if value is not None:
                if setting is None:
                    raise Refused("setting_value_missing", key="setting")
                key = f"rooms.{setting}"
                told: dict[str, Any] = {"by": actor, "now": now, "guild_id": guild_id}
                if value.strip().lower() == RESET:
                    await guilds.reset(session, MODELS, key, **told)
                else:
                    await guilds.put(session, MODELS, key, value, **told)
            shown = await guilds.show(session, MODELS, guild_id)
        lines = texts.settings([each for each in shown if setting in (None, texts.field(each))])
        view = view_of(paged(Card(texts.SETTINGS, lines), 0, TURN))
        await interaction.response.send_message(view=view, ephemeral=True)

    async def _turn_settings(self, interaction: Interaction, press: Press) -> None:
        actor = actor_of(interaction)
        actor.check_may(Permission.MANAGE_GUILD)
        async with self.parts.sessions() as session:
            shown = await guilds.show(session, MODELS, actor.guild_id)
        page = int(press.subject) if press.subject.isdecimal() else 0
        card = paged(Card(texts.SETTINGS, texts.settings(shown)), page, TURN)
        await interaction.response.edit_message(view=view_of(card))

    @settings.autocomplete("setting")
    async def _settings_there_are(
        self, _: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        names = [name for name in rooms.RoomSettings.model_fields if typed.lower() in name]
        return [app_commands.Choice(name=name, value=name) for name in names[:25]]
