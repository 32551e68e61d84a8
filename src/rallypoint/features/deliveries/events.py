"""Facts this feature publishes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rallypoint.kernel.ids import GuildId, UserId


@dataclass(frozen=True, slots=True)
class Disabled:
    """A destination gets nothing any more."""

    kind: ClassVar[str] = "deliveries.disabled"
    destination_id: int
    guild_id: GuildId | None
    name: str
    reason: str
    """`failing`: for days; `gone`: it said so; `unreadable`: it is paused, for the key to its address is lost."""
    created_by: UserId | None

    @property
    def subject(self) -> str:
        return f"destination:{self.destination_id}"
