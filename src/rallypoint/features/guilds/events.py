from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rallypoint.kernel.ids import GuildId


@dataclass(frozen=True, slots=True)
class SettingChanged:
    """What counts is to be looked up: this is only the hint to do so."""

    kind: ClassVar[str] = "guilds.setting_changed"
    key: str
    guild_id: GuildId | None = None
    """None: for the whole program."""

    @property
    def subject(self) -> str:
        return subject_of_setting(self.key)


def subject_of_setting(key: str) -> str:
    return f"setting:{key}"


@dataclass(frozen=True, slots=True)
class Rearmed:
    """The guild's incidents are closed: what was forbidden may be tried again."""

    kind: ClassVar[str] = "guilds.rearmed"
    guild_id: GuildId

    @property
    def subject(self) -> str:
        return f"guild:{self.guild_id}"
