"""What people do, by name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tests.chaos.world import World

from . import meanwhile, rooms

Play = Callable[[World], Awaitable[None]]

SCENARIOS: dict[str, Play] = {play.__name__: play for play in rooms.PLAYS}
MEANWHILE: dict[str, Play] = {act.__name__: act for act in meanwhile.ACTS}
