from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rallypoint.kernel.ids import GuildId


@dataclass(frozen=True, slots=True)
class Rearmed:
    """The guild's incidents are closed: what was forbidden may be tried again."""

    kind: ClassVar[str] = "guilds.rearmed"
    guild_id: GuildId

    @property
    def subject(self) -> str:
        return f"guild:{self.guild_id}"
