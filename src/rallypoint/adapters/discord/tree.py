"""Application commands: who may use them at all, and one place where their errors arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands

from rallypoint.kernel.errors import Refused

from .errors import say_no

if TYPE_CHECKING:
    from .client import Bot


class Tree(app_commands.CommandTree["Bot"]):
    async def interaction_check(self, interaction: discord.Interaction[Bot], /) -> bool:
        if self.client.intake.allows(interaction.guild_id):
            return True
        if interaction.type is not discord.InteractionType.autocomplete:
            await say_no(interaction, Refused("guild_not_allowed"), self.client.words)
        return False

    async def on_error(
        self, interaction: discord.Interaction[Bot], error: app_commands.AppCommandError, /
    ) -> None:
        await say_no(interaction, error, self.client.words)
