from __future__ import annotations

from typing import Any

import discord
import structlog

from rallypoint.features.presence import api as presence
from rallypoint.features.whereabouts import texts
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import UserId

log = structlog.get_logger()

TIMEOUT = 600
"""Seconds."""


class Confirmation(discord.ui.View):
    """Stands in a message that only who asked for it sees. A restart ends it, as its time does: then they ask again."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(timeout=TIMEOUT)
        self.parts = parts

    @discord.ui.button(
        label=texts.FORGET, style=discord.ButtonStyle.danger, custom_id="presence.forget:1"
    )
    async def forget(self, interaction: discord.Interaction, _: Any) -> None:
        user_id, now = UserId(interaction.user.id), self.parts.clock.now()
        async with self.parts.sessions.begin() as session:
            stays = await presence.forget(session, user_id, now)
        await interaction.response.edit_message(content=texts.forgotten(stays), view=None)

    @discord.ui.button(
        label=texts.KEEP, style=discord.ButtonStyle.secondary, custom_id="presence.keep:1"
    )
    async def keep(self, interaction: discord.Interaction, _: Any) -> None:
        await interaction.response.edit_message(content=texts.KEPT_AFTER_ALL, view=None)

    async def on_error(
        self, interaction: discord.Interaction, error: Exception, item: discord.ui.Item[Any], /
    ) -> None:
        log.error("a click could not be answered", item=str(item), exc_info=error)
        if not interaction.response.is_done():
            await interaction.response.send_message(texts.FAILED, ephemeral=True)
