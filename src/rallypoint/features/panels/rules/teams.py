"""Team against team."""

from __future__ import annotations

from dataclasses import dataclass

from rallypoint.kernel.errors import Forbidden, Refused
from rallypoint.kernel.ids import RoleId
from rallypoint.kernel.people import Actor

from .powers import is_moderator


@dataclass(frozen=True, slots=True)
class Team:
    role_id: RoleId
    name: str


@dataclass(frozen=True, slots=True)
class Teams:
    home: Team
    away: Team

    @property
    def name(self) -> str:
        return f"{self.away.name} vs {self.home.name}"

    def check_may_open(self, actor: Actor) -> None:
        """Raise Refused (no two teams) or Forbidden (neither is theirs)."""
        roles = {self.home.role_id, self.away.role_id}
        if len(roles) < 2 or RoleId(actor.guild_id) in roles:
            raise Refused("teams_unusable")
        if not roles & actor.roles and not is_moderator(actor):
            raise Forbidden("of_neither_team", teams=self.name)
