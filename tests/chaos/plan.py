"""Where a run is killed or paused, in one line that can be read back: what a failure says is what replays it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

STEP = "step"
"""The label of an event loop's turns: whatever goes on after an await."""


PAUSED = " paused"


@dataclass(frozen=True, slots=True, order=True)
class Kill:
    """At the *number*th time that *label* is passed, in one life of the program."""

    label: str
    number: int
    pauses: bool = False
    """It is not killed there: it sleeps while people go on, loses its lease, and wakes."""

    @property
    def at(self) -> tuple[str, int]:
        return self.label, self.number

    def __str__(self) -> str:
        return f"{self.label} #{self.number}{PAUSED if self.pauses else ''}"

    @classmethod
    def read(cls, text: str) -> Self:
        label, _, number = text.removesuffix(PAUSED).rpartition(" #")
        return cls(label, int(number), text.endswith(PAUSED))


@dataclass(frozen=True, slots=True)
class Plan:
    """The first life ends at the first kill, the next at the second, and so on; then it lives. Pauses come before the
    kill of the same life."""

    scenario: str
    meanwhile: str
    """What people do while it is dead for the first time."""
    kills: tuple[Kill, ...] = ()

    def __str__(self) -> str:
        return " | ".join([self.scenario, self.meanwhile, *map(str, self.kills)])

    @classmethod
    def read(cls, text: str) -> Self:
        scenario, meanwhile, *kills = text.split(" | ")
        return cls(scenario, meanwhile, tuple(map(Kill.read, kills)))
