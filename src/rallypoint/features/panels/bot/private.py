"""`/room private`: the caller's team and its opponent, by what a league says or by two roles."""

from __future__ import annotations

from dataclasses import dataclass

import discord

from rallypoint.features.panels import api, texts
from rallypoint.features.panels.rules.teams import Team, Teams
from rallypoint.features.panels.service import asking
from rallypoint.kernel.cards import ControlId, Press
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import RoleId
from rallypoint.ui.discord.actors import member_of
from rallypoint.ui.discord.cards import view_of
from rallypoint.ui.discord.controls import Handlers

from .answers import Interaction, category_of, say

ASK_TEAM = ControlId("panels.pick_team")
ASK_OPPONENT = ControlId("panels.pick_opponent")


@dataclass(frozen=True, slots=True)
class Private:
    parts: Parts

    @property
    def handlers(self) -> Handlers:
        return {
            (ASK_TEAM.name, 1): self._team_picked,
            (ASK_OPPONENT.name, 1): self._opponent_picked,
        }

    async def begin(
        self, interaction: Interaction, opponent: discord.Role | None, team: discord.Role | None
    ) -> None:
        """Opens the room, or asks for the teams that nobody has named."""
        fixture = await self._fixture(interaction) if opponent is None and team is None else None
        if fixture is not None:
            await interaction.response.defer(ephemeral=True)
            await self._open(interaction, fixture)
        elif team is None:
            known = str(opponent.id) if opponent else ""
            card = texts.ask_team(ControlId(ASK_TEAM.name, known))
            await interaction.response.send_message(view=view_of(card), ephemeral=True)
        elif opponent is None:
            card = texts.ask_opponent(ControlId(ASK_OPPONENT.name, str(team.id)), team.id)
            await interaction.response.send_message(view=view_of(card), ephemeral=True)
        else:
            await interaction.response.defer(ephemeral=True)
            await self._open(interaction, Teams(home=_team(team), away=_team(opponent)))

    async def _fixture(self, interaction: Interaction) -> Teams | None:
        fixtures: api.Fixtures | None = self.parts.answers.get(api.Fixtures)
        if fixtures is None:
            return None
        actor = member_of(interaction)
        async with self.parts.sessions() as session:
            return await fixtures(
                session, actor.guild_id, actor.user_id, now=self.parts.clock.now()
            )

    async def _team_picked(self, interaction: Interaction, press: Press) -> None:
        team = _picked(interaction, press.picked[0])
        if press.subject:
            await interaction.response.defer(ephemeral=True, thinking=True)
            opponent = _picked(interaction, int(press.subject))
            await self._open(interaction, Teams(home=team, away=opponent))
            return
        card = texts.ask_opponent(ControlId(ASK_OPPONENT.name, str(team.role_id)), team.role_id)
        await interaction.response.edit_message(view=view_of(card))

    async def _opponent_picked(self, interaction: Interaction, press: Press) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        teams = Teams(
            home=_picked(interaction, int(press.subject)),
            away=_picked(interaction, press.picked[0]),
        )
        await self._open(interaction, teams)

    async def _open(self, interaction: Interaction, teams: Teams) -> None:
        actor = member_of(interaction)
        channel_id, empty_after = await asking.open_private(
            self.parts,
            actor=actor,
            teams=teams,
            home=category_of(interaction),
            reason=texts.reason_opened(actor.name),
        )
        await say(interaction, texts.room_opened(channel_id, empty_after=empty_after))


def _picked(interaction: Interaction, role_id: int) -> Team:
    role = interaction.guild.get_role(role_id) if interaction.guild else None
    if role is None:
        raise Refused("teams_unusable")
    return _team(role)


def _team(role: discord.Role) -> Team:
    return Team(RoleId(role.id), role.name)
