from __future__ import annotations

from collections.abc import Awaitable, Callable

import discord
from discord import app_commands
from discord.ext import commands
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.guilds import api as guilds
from rallypoint.features.schedules import texts
from rallypoint.features.schedules.rules import ScheduleSettings, config_of
from rallypoint.features.schedules.service import managing
from rallypoint.kernel.db import DatabaseErrors
from rallypoint.kernel.errors import Forbidden, Refused
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import GuildId
from rallypoint.kernel.jobs import Schedule, spoken
from rallypoint.kernel.jobs.schedules import Wanted
from rallypoint.kernel.people import Permission
from rallypoint.ui.discord.actors import actor_of

from . import offers

MODELS = {"schedules": ScheduleSettings}
ZONE = "schedules.zone"
LAST_RUNS = 5

Interaction = discord.Interaction
Choices = list[app_commands.Choice[str]]
Name = app_commands.Range[str, 1, 100]
Change = Callable[..., Awaitable[Schedule]]


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class Schedules(
    commands.GroupCog, group_name="schedule", group_description="What recurs on this server"
):
    """Discord hides the commands from who may not manage the server, unless its admins show them to more, such as their
    organisers; the use cases check who may what."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    async def _schedules(self, interaction: Interaction, typed: str) -> Choices:
        try:
            async with self.parts.sessions() as session:
                listed = await managing.listing(session, by=actor_of(interaction))
        except (Forbidden, *DatabaseErrors):
            return []
        return offers.schedules(listed, typed)

    async def _tasks(self, _: Interaction, typed: str) -> Choices:
        return offers.tasks(self.parts.kinds, typed)

    async def _moments(self, interaction: Interaction, typed: str) -> Choices:
        zone = interaction.namespace.zone or await self._zone_of(interaction.guild_id)
        return offers.moments(typed, zone)

    async def _zones(self, interaction: Interaction, typed: str) -> Choices:
        return offers.zones_like(typed, await self._zone_of(interaction.guild_id))

    async def _configs(self, interaction: Interaction, typed: str) -> Choices:
        kind = offers.kind_of(self.parts.kinds, str(interaction.namespace.task or ""))
        return offers.config(self.parts.kinds.get(kind), typed)

    async def _zone_of(self, guild_id: int | None) -> str:
        """For an offer only: the usual one, should the database not answer."""
        try:
            async with self.parts.sessions() as session:
                return await _zone(session, GuildId(guild_id or 0))
        except DatabaseErrors:
            return ScheduleSettings().zone

    @app_commands.command(
        name="list", description="See what recurs on this server, and how it went."
    )
    async def list_(self, interaction: Interaction) -> None:
        async with self.parts.sessions.begin() as session:
            listed = await managing.listing(session, by=actor_of(interaction))
            said = texts.listing(listed, self.parts.kinds, self.parts.clock.now())
        await interaction.response.send_message(said, ephemeral=True)

    @app_commands.command(description="See one schedule and its last runs.")
    @app_commands.describe(schedule="Its name or number")
    @app_commands.autocomplete(schedule=_schedules)
    async def show(self, interaction: Interaction, schedule: Name) -> None:
        actor = actor_of(interaction)
        async with self.parts.sessions.begin() as session:
            found = await managing.called(session, schedule, by=actor)
            row = found.schedule
            runs = await managing.history(session, row.id, by=actor, most=LAST_RUNS)
            said = texts.shown(found, runs, self.parts.kinds, self.parts.clock.now())
        await interaction.response.send_message(said, ephemeral=True)

    @app_commands.command(description="Run a schedule once, now, beside its turns.")
    @app_commands.describe(schedule="Its name or number")
    @app_commands.autocomplete(schedule=_schedules)
    async def run(self, interaction: Interaction, schedule: Name) -> None:
        await self._change(interaction, schedule, managing.run_now, texts.started)

    @app_commands.command(description="Have a schedule not run until it is resumed.")
    @app_commands.describe(schedule="Its name or number")
    @app_commands.autocomplete(schedule=_schedules)
    async def pause(self, interaction: Interaction, schedule: Name) -> None:
        await self._change(interaction, schedule, managing.pause, texts.paused)

    @app_commands.command(description="Have a paused schedule run again, from its next turn on.")
    @app_commands.describe(schedule="Its name or number")
    @app_commands.autocomplete(schedule=_schedules)
    async def resume(self, interaction: Interaction, schedule: Name) -> None:
        await self._change(interaction, schedule, managing.resume, texts.resumed)

    @app_commands.command(description="Remove a schedule for good.")
    @app_commands.describe(schedule="Its name or number")
    @app_commands.autocomplete(schedule=_schedules)
    async def remove(self, interaction: Interaction, schedule: Name) -> None:
        actor = actor_of(interaction)
        async with self.parts.sessions.begin() as session:
            row = (await managing.called(session, schedule, by=actor)).schedule
            now = self.parts.clock.now()
            await managing.remove(session, row.id, by=actor, now=now)
        await interaction.response.send_message(texts.removed(row), ephemeral=True)

    @app_commands.command(description="Schedule something for this server.")
    @app_commands.describe(
        name="What you call it",
        task="What is to be done",
        when="Such as: every 6 h, every day at 20:00, 0 3 * * *, 2026-12-01 20:00",
        zone="The time zone of a time of the day; left out, the server's",
        config="What the task is told, as key=value; left out, the defaults",
    )
    @app_commands.autocomplete(task=_tasks, when=_moments, zone=_zones, config=_configs)
    async def add(
        self,
        interaction: Interaction,
        name: Name,
        task: Name,
        when: app_commands.Range[str, 1, 200],
        zone: app_commands.Range[str, 1, 60] | None = None,
        config: app_commands.Range[str, 1, 1000] | None = None,
    ) -> None:
        actor, now, kinds = actor_of(interaction), self.parts.clock.now(), self.parts.kinds
        actor.check_may(Permission.MANAGE_GUILD)
        kind = offers.kind_of(kinds, task)
        job = kinds.get(kind)
        if job is None or not job.custom:
            raise Refused("schedule_kind_unknown", kind=task)
        async with self.parts.sessions.begin() as session:
            wanted = Wanted(
                name=name,
                kind=kind,
                recurrence=spoken.understood(when, zone or await _zone(session, actor.guild_id)),
                guild_id=actor.guild_id,
                config=config_of(config or "", job.config),
            )
            row = await managing.add(session, kinds, wanted, by=actor, now=now)
        await interaction.response.send_message(texts.added(row), ephemeral=True)

    @app_commands.command(description="See or set the time zone of this server's schedules.")
    @app_commands.describe(zone="Such as Europe/Berlin; left out, the present one is shown")
    @app_commands.autocomplete(zone=_zones)
    async def zone(self, interaction: Interaction, zone: Name | None = None) -> None:
        actor, now = actor_of(interaction), self.parts.clock.now()
        actor.check_may(Permission.MANAGE_GUILD)
        async with self.parts.sessions.begin() as session:
            if zone is not None:
                await guilds.put(
                    session, MODELS, ZONE, zone.strip(), by=actor, now=now, guild_id=actor.guild_id
                )
            present = await _zone(session, actor.guild_id)
        await interaction.response.send_message(texts.zone(present), ephemeral=True)

    async def _change(
        self, interaction: Interaction, which: str, change: Change, say: Callable[[Schedule], str]
    ) -> None:
        actor = actor_of(interaction)
        async with self.parts.sessions.begin() as session:
            found = await managing.called(session, which, by=actor)
            now = self.parts.clock.now()
            row = await change(session, found.schedule.id, by=actor, now=now)
        await interaction.response.send_message(say(row), ephemeral=True)


async def _zone(session: AsyncSession, guild_id: GuildId) -> str:
    return (await guilds.read(session, "schedules", ScheduleSettings, guild_id)).zone
