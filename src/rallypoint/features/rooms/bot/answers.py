from __future__ import annotations

from typing import Any

import discord

Interaction = discord.Interaction[Any]


async def say(interaction: Interaction, text: str) -> None:
    """To whom has asked, and only to them. Nothing, if the channel they asked in has gone by now, and them with it."""
    try:
        await interaction.followup.send(text, ephemeral=True)
    except discord.NotFound:
        return
