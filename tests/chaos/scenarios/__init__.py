"""What people do, by name; of features that this program has."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from rallypoint.app import catalogue
from tests.chaos.world import World

from . import lobbies, meanwhile, rooms, sessions

Play = Callable[[World], Awaitable[None]]

_HERE = {feature.name for feature in catalogue.FEATURES}
_PLAYS: dict[str, tuple[Play, ...]] = {
    "rooms": rooms.PLAYS,
    "lobbies": lobbies.PLAYS,
    "sessions": sessions.PLAYS,
}
SCENARIOS = {
    play.__name__: play for feature, plays in _PLAYS.items() if feature in _HERE for play in plays
}
MEANWHILE = {act.__name__: act for act in meanwhile.ACTS}
