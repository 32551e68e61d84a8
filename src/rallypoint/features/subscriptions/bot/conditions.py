from __future__ import annotations

from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from rallypoint.features.conditions import api as conditions
from rallypoint.features.subscriptions import texts
from rallypoint.features.subscriptions.service import managing, trying
from rallypoint.features.subscriptions.service.managing import Changes
from rallypoint.kernel.db import DatabaseErrors
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.people import Permission
from rallypoint.ui.discord.actors import actor_of

from . import offers

Interaction = discord.Interaction
Choices = list[app_commands.Choice[str]]
Name = app_commands.Range[str, 1, 100]
WHICH = "Which, by its number"


class Conditional(commands.Cog):
    """The commands of `/notify` about conditions."""

    parts: Parts

    async def _subscriptions(self, interaction: Interaction, typed: str) -> Choices:
        actor = actor_of(interaction)
        if not actor.may(Permission.MANAGE_GUILD):
            return []
        try:
            async with self.parts.sessions.begin() as session:
                return offers.subscriptions(await managing.pairs(session, by=actor), typed)
        except DatabaseErrors:
            return []

    async def _zones(self, _: Interaction, typed: str) -> Choices:
        return offers.zones_like(typed)

    @app_commands.command(description="Send it only if…: see the conditions, or set them anew.")
    @app_commands.describe(
        which=WHICH,
        at_least="So many members in the channel",
        for_seconds="So long without a break",
        first_joiner="Only who comes into an empty channel",
        members="Whom it is about, and who counts",
        role="Whom it is about has this role",
        quiet="Nothing between these times, such as 22:00-07:00",
        zone="Whose clock that is, such as Europe/Berlin",
        near_start="At most so many minutes before or after a game starts",
        most_per_hour="At most so many an hour",
        clear="No conditions any more",
    )
    @app_commands.autocomplete(which=_subscriptions, zone=_zones)
    async def conditions(
        self,
        interaction: Interaction,
        which: Name,
        at_least: int | None = None,
        for_seconds: int | None = None,
        first_joiner: bool | None = None,
        members: Literal["people", "bots", "everybody"] | None = None,
        role: discord.Role | None = None,
        quiet: app_commands.Range[str, 1, 20] | None = None,
        zone: app_commands.Range[str, 1, 64] | None = None,
        near_start: int | None = None,
        most_per_hour: int | None = None,
        clear: bool = False,
    ) -> None:
        asked = conditions.Flat(
            at_least=at_least,
            for_seconds=for_seconds,
            first_joiner=bool(first_joiner),
            members=members,
            roles=[] if role is None else [str(role.id)],
            quiet=quiet,
            zone=zone,
            near_start=near_start,
            most_per_hour=most_per_hour,
        ).conditions()
        actor, now = actor_of(interaction), self.parts.clock.now()
        async with self.parts.sessions.begin() as session:
            row, _ = await managing.called(session, which, by=actor)
            if asked or clear:
                changes = Changes(conditions=asked)
                known = list(self.parts.events)
                await managing.edit(session, row.id, changes, known=known, by=actor, now=now)
            said = texts.conditions_of(row)
        await interaction.response.send_message(said, ephemeral=True)

    @app_commands.command(description="See what would have been sent in the last days.")
    @app_commands.describe(which=WHICH, days="How many; left out, seven")
    @app_commands.autocomplete(which=_subscriptions)
    async def simulate(
        self,
        interaction: Interaction,
        which: Name,
        days: app_commands.Range[int, 1, conditions.MOST_DAYS] = 7,
    ) -> None:
        await interaction.response.defer(ephemeral=True)
        actor, now = actor_of(interaction), self.parts.clock.now()
        known = list(self.parts.events)
        async with self.parts.sessions.begin() as session:
            row, _ = await managing.called(session, which, by=actor)
            asked = await trying.question(session, row.id, by=actor, days=days)
            found = await trying.simulate(session, asked, known=known, by=actor, now=now)
        await interaction.edit_original_response(content=texts.simulated(row, found))
