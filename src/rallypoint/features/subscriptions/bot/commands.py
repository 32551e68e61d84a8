from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.deliveries import api as deliveries
from rallypoint.features.deliveries.api import DeliveryState, Destination, Kind
from rallypoint.features.destinations import api as destinations
from rallypoint.features.subscriptions import texts
from rallypoint.features.subscriptions.model import Subscription
from rallypoint.features.subscriptions.service import hearing, managing
from rallypoint.features.subscriptions.service.managing import Wish
from rallypoint.kernel.db import DatabaseErrors
from rallypoint.kernel.errors import NotFound
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.people import Actor, Permission
from rallypoint.ui.discord.actors import actor_of

from . import offers
from .conditions import Conditional

LAST = 10

Interaction = discord.Interaction
Choices = list[app_commands.Choice[str]]
Name = app_commands.Range[str, 1, 100]
Turn = Callable[..., Awaitable[Destination]]
WHICH = "Which, by its number"
BY = [app_commands.Choice(name=words, value=kind.value) for kind, words in texts.KINDS.items()]


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class Notify(
    Conditional,
    commands.GroupCog,
    group_name="notify",
    group_description="What is sent from this server",
):
    """Discord hides the commands from who may not manage the server; the use cases check it again."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.terms = deliveries.terms_of(parts)

    async def _kinds(self, _: Interaction, typed: str) -> Choices:
        return offers.kinds(self.parts.events, typed)

    async def _event(self, _: Interaction, typed: str) -> Choices:
        return [each for each in offers.kinds(self.parts.events, typed) if "*" not in each.value]

    async def _destinations(self, interaction: Interaction, typed: str) -> Choices:
        actor = actor_of(interaction)
        if not actor.may(Permission.MANAGE_GUILD):
            return []
        try:
            async with self.parts.sessions.begin() as session:
                return offers.destinations(await deliveries.listing(session, by=actor), typed)
        except DatabaseErrors:
            return []

    @app_commands.command(description="Have events sent somewhere.")
    @app_commands.describe(
        events="Which, with commas between them; * stands for anything",
        by="How they are sent",
        to="An address, a Redis key, or the name of a destination there is already",
        to_channel="The channel to write to, instead of an address",
        where="Only of this voice channel; left out, of the whole server",
        name="What you call it",
        text="What is written to Discord, with placeholders such as {{ kind }}",
    )
    @app_commands.choices(by=BY)
    @app_commands.autocomplete(events=_kinds, to=_destinations)
    async def add(
        self,
        interaction: Interaction,
        events: app_commands.Range[str, 1, 1000],
        by: app_commands.Choice[str],
        to: app_commands.Range[str, 1, 2048] | None = None,
        to_channel: discord.TextChannel | None = None,
        where: discord.VoiceChannel | None = None,
        name: Name | None = None,
        text: app_commands.Range[str, 1, 2000] | None = None,
    ) -> None:
        actor, now = actor_of(interaction), self.parts.clock.now()
        wish = Wish(
            kinds=[each.strip() for each in events.split(",") if each.strip()],
            subjects=None if where is None else [f"channel:{where.id}"],
            by=Kind(by.value),
            to=to,
            channel_id=None if to_channel is None else to_channel.id,
            name=name,
            text=text,
        )
        async with self.parts.sessions.begin() as session:
            row, made = await managing.add_whole(
                session, wish, terms=self.terms, known=list(self.parts.events), by=actor, now=now
            )
            said = texts.added(row, made.destination, made.secret)
        await hearing.refresh(self.parts)
        await interaction.response.send_message(said, ephemeral=True)

    @app_commands.command(name="list", description="See what is sent from this server.")
    async def list_(self, interaction: Interaction) -> None:
        async with self.parts.sessions.begin() as session:
            actor = actor_of(interaction)
            found, most = (
                await managing.pairs(session, by=actor),
                await managing.most(session, by=actor),
            )
            said = texts.listing(found, self.parts.clock.now(), most)
        await interaction.response.send_message(said, ephemeral=True)

    @app_commands.command(description="See one of them, and how it does.")
    @app_commands.describe(which=WHICH)
    @app_commands.autocomplete(which=Conditional._subscriptions)
    async def show(self, interaction: Interaction, which: Name) -> None:
        async with self.parts.sessions.begin() as session:
            row, to = await self._named(session, which, actor_of(interaction))
            said = texts.shown(row, to, self.parts.clock.now())
        await interaction.response.send_message(said, ephemeral=True)

    @app_commands.command(description="Send a made-up event, to see whether it arrives.")
    @app_commands.describe(which=WHICH, event="Of which kind; left out, the first that is wanted")
    @app_commands.autocomplete(which=Conditional._subscriptions, event=_event)
    async def test(self, interaction: Interaction, which: Name, event: Name | None = None) -> None:
        actor, now = actor_of(interaction), self.parts.clock.now()
        async with self.parts.sessions.begin() as session:
            row, to = await self._named(session, which, actor)
            kind = event or managing.first_wanted(row, list(self.parts.events))
            sample = self.parts.events.get(kind)
            if sample is None:
                raise NotFound("event_unknown", kind=kind)
            await destinations.test(session, to.id, sample, by=actor, now=now)
        await interaction.response.send_message(texts.tested(to, kind), ephemeral=True)

    @app_commands.command(description="Send nothing there for a while; what comes is kept.")
    @app_commands.describe(which=WHICH)
    @app_commands.autocomplete(which=Conditional._subscriptions)
    async def pause(self, interaction: Interaction, which: Name) -> None:
        await self._turn(interaction, which, deliveries.pause, texts.paused)

    @app_commands.command(description="Send there again, and at once what waits.")
    @app_commands.describe(which=WHICH)
    @app_commands.autocomplete(which=Conditional._subscriptions)
    async def resume(self, interaction: Interaction, which: Name) -> None:
        await self._turn(interaction, which, deliveries.resume, texts.resumed)

    @app_commands.command(description="See what was sent last, and how it went.")
    @app_commands.describe(which=WHICH, state="Only those")
    @app_commands.autocomplete(which=Conditional._subscriptions)
    async def log(
        self,
        interaction: Interaction,
        which: Name,
        state: Literal["pending", "delivered", "dead"] | None = None,
    ) -> None:
        actor = actor_of(interaction)
        wanted = destinations.Filter(None if state is None else DeliveryState(state))
        async with self.parts.sessions.begin() as session:
            _, to = await self._named(session, which, actor)
            rows = await destinations.deliveries(session, to.id, wanted, most=LAST, by=actor)
            attempts = await destinations.attempts(session, rows)
            said = texts.log(to, rows, attempts, self.parts.clock.now())
        await interaction.response.send_message(said, ephemeral=True)

    @app_commands.command(description="Send again what was sent, or what was given up on.")
    @app_commands.describe(
        which=WHICH,
        delivery="Only this one, by its number in the log; left out, all that was given up on",
        hours="Everything of the last hours instead, also what arrived",
    )
    @app_commands.autocomplete(which=Conditional._subscriptions)
    async def replay(
        self,
        interaction: Interaction,
        which: Name,
        delivery: app_commands.Range[int, 1, 2**52] | None = None,
        hours: app_commands.Range[int, 1, 720] | None = None,
    ) -> None:
        actor, now = actor_of(interaction), self.parts.clock.now()
        wanted = destinations.Which(
            ids=None if delivery is None else [delivery],
            since=None if hours is None else now - timedelta(hours=hours),
            failed=delivery is None and hours is None,
        )
        async with self.parts.sessions.begin() as session:
            _, to = await self._named(session, which, actor)
            count = await destinations.replay(session, to.id, wanted, by=actor, now=now)
        await interaction.response.send_message(texts.replayed(to, count), ephemeral=True)

    @app_commands.command(description="Have a new secret for its signatures.")
    @app_commands.describe(which=WHICH)
    @app_commands.autocomplete(which=Conditional._subscriptions)
    async def secret(self, interaction: Interaction, which: Name) -> None:
        actor, now = actor_of(interaction), self.parts.clock.now()
        async with self.parts.sessions.begin() as session:
            _, to = await self._named(session, which, actor)
            made = await deliveries.rotate(session, to.id, by=actor, now=now)
        said = texts.secret_changed(to, made.secret)
        await interaction.response.send_message(said, ephemeral=True)

    @app_commands.command(description="Send no more of it, for good.")
    @app_commands.describe(which=WHICH)
    @app_commands.autocomplete(which=Conditional._subscriptions)
    async def remove(self, interaction: Interaction, which: Name) -> None:
        actor, now = actor_of(interaction), self.parts.clock.now()
        async with self.parts.sessions.begin() as session:
            row, _ = await self._named(session, which, actor)
            await managing.remove_whole(session, row.id, by=actor, now=now)
        await hearing.refresh(self.parts)
        await interaction.response.send_message(texts.removed(row), ephemeral=True)

    async def _turn(
        self, interaction: Interaction, which: str, turn: Turn, say: Callable[[Destination], str]
    ) -> None:
        actor, now = actor_of(interaction), self.parts.clock.now()
        async with self.parts.sessions.begin() as session:
            _, to = await self._named(session, which, actor)
            await turn(session, to.id, by=actor, now=now)
        await interaction.response.send_message(say(to), ephemeral=True)

    async def _named(
        self, session: AsyncSession, which: str, actor: Actor
    ) -> tuple[Subscription, Destination]:
        return await managing.called(session, which, by=actor)
