from __future__ import annotations

import contextlib
from typing import Any

import discord
import structlog
from discord import app_commands
from discord.ext import commands

from rallypoint.features.rooms import api as rooms
from rallypoint.kernel.cards import Press
from rallypoint.kernel.db import DatabaseErrors
from rallypoint.kernel.errors import NotFound, Refused
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import ChannelId, GuildId
from rallypoint.kernel.people import Actor
from rallypoint.ui.discord.actors import actor_of
from rallypoint.ui.discord.controls import Handlers

from . import texts
from .rules.rooms import NEEDED
from .rules.states import Reason
from .service import asking, ending, lanes
from .service.telling import Answer

log = structlog.get_logger()

Interaction = discord.Interaction[Any]


@app_commands.guild_only()
class Sessions(
    commands.GroupCog, group_name="session", group_description="A room of your own, with me in it"
):
    """What a member sees of their session is told by a job, in the message that answers the command."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.controls = Buttons(parts).handlers

    @app_commands.command(description="Ask for a private room with me in it, for you alone.")
    @app_commands.describe(lane="Which kind of session; left out, the usual one")
    async def start(self, interaction: Interaction, lane: str | None = None) -> None:
        await interaction.response.defer(ephemeral=True)
        actor, home, now = actor_of(interaction), _category_of(interaction), self.parts.clock.now()
        settings = self.parts.settings
        if not settings.sessions_enabled:
            raise Refused("sessions_off")
        self._check_rights(actor.guild_id, home)
        async with self.parts.sessions.begin() as session:
            await asking.request(
                session,
                actor=actor,
                lane=lane,
                parent_id=home,
                join_timeout=settings.sessions_join_timeout,
                answer=Answer(interaction.token, now + texts.ANSWER_LIVES),
                now=now,
            )

    @start.autocomplete("lane")
    async def _lanes_there_are(self, _: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        try:
            async with self.parts.sessions() as session:
                names = [lane.name for lane, _, _ in await lanes.overview(session)]
        except DatabaseErrors:
            return []
        fit = [name for name in names if typed.lower() in name]
        return [app_commands.Choice(name=name, value=name) for name in fit[:25]]

    @app_commands.command(description="End your session, or leave its queue.")
    async def close(self, interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True)
        actor = actor_of(interaction)
        async with self.parts.sessions.begin() as session:
            await asking.close(session, member_id=actor.user_id, now=self.parts.clock.now())
        await interaction.followup.send(texts.CLOSING, ephemeral=True)

    @app_commands.command(description="Leave the queue for a session.")
    async def cancel(self, interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True)
        actor = actor_of(interaction)
        async with self.parts.sessions.begin() as session:
            await asking.cancel(session, member_id=actor.user_id, now=self.parts.clock.now())
        await interaction.followup.send(texts.LEFT_QUEUE, ephemeral=True)

    @app_commands.command(description="See how your session stands, or how long the queues are.")
    async def status(self, interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True)
        if await _show(self.parts, interaction, actor_of(interaction)):
            return
        async with self.parts.sessions.begin() as session:
            said = texts.no_session(await lanes.overview(session))
        await interaction.followup.send(said, ephemeral=True)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        async with self.parts.sessions.begin() as session:
            now = self.parts.clock.now()
            await ending.drop(session, GuildId(guild.id), Reason.REMOVED, now=now)

    def _check_rights(self, guild_id: GuildId, home: ChannelId | None) -> None:
        try:
            rooms.check_rights(self.parts.discord, guild_id, home, needed=NEEDED)
        except Refused as refusal:
            log.warning("No session, for the bot lacks rights", guild=guild_id, why=str(refusal))
            raise


class Buttons:
    """Below the message of a session. Whoever sees it is its member, for nobody else does."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    @property
    def handlers(self) -> Handlers:
        return {
            ("sessions.close", 1): self.close,
            ("sessions.cancel", 1): self.close,
            ("sessions.refresh", 1): self.refresh,
        }

    async def refresh(self, interaction: Interaction, _: Press) -> None:
        """What comes of it is said in this very message, whose time begins anew with each press."""
        await interaction.response.defer()
        if not await _show(self.parts, interaction, actor_of(interaction)):
            await self.parts.discord.edit_answer(interaction.token, texts.OVER)

    async def close(self, interaction: Interaction, press: Press) -> None:
        await self.refresh(interaction, press)
        async with self.parts.sessions.begin() as session:
            member_id, now = actor_of(interaction).user_id, self.parts.clock.now()
            with contextlib.suppress(NotFound):
                await asking.close(session, member_id=member_id, now=now)


async def _show(parts: Parts, interaction: Interaction, actor: Actor) -> bool:
    """Have the member's session told in the message of this interaction, if there is one."""
    now = parts.clock.now()
    answer = Answer(interaction.token, now + texts.ANSWER_LIVES)
    async with parts.sessions.begin() as session:
        row = await asking.show(session, member_id=actor.user_id, answer=answer, now=now)
        return row is not None


def _category_of(interaction: Interaction) -> ChannelId | None:
    channel = interaction.channel
    if isinstance(channel, discord.Thread):
        channel = channel.parent
    category = getattr(channel, "category_id", None)
    return ChannelId(category) if category is not None else None
