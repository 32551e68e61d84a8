from __future__ import annotations

from typing import Any

import discord

from rallypoint.kernel.ids import ChannelId

Interaction = discord.Interaction[Any]


async def say(interaction: Interaction, text: str) -> None:
    """To whom has asked, and only to them. Nothing, if the channel they asked in has gone by now, and them with it."""
    try:
        await interaction.followup.send(text, ephemeral=True)
    except discord.NotFound:
        return


def category_of(interaction: Interaction) -> ChannelId | None:
    """In which they write."""
    channel = interaction.channel
    if isinstance(channel, discord.Thread):
        channel = channel.parent
    category = getattr(channel, "category_id", None)
    return ChannelId(category) if category is not None else None
