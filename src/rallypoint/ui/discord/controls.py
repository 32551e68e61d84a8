"""Buttons that answer for as long as their message stands, also after a restart."""

from __future__ import annotations

from typing import Any

import discord


class Controls(discord.ui.View):
    """Who may press them, and how a no is said, is as with commands."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        allowed: bool = await interaction.client.tree.interaction_check(interaction)
        return allowed

    async def on_error(
        self, interaction: discord.Interaction[Any], error: Exception, _: Any, /
    ) -> None:
        await interaction.client.tree.on_error(interaction, error)
