"""What people do, by name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from tests.chaos.world import World

from . import deliveries, lobbies, meanwhile, panels, rooms, sessions

Play = Callable[[World], Awaitable[None]]
Plays = Mapping[str, Play]

SCENARIOS: Plays = {
    play.__name__: play
    for play in (
        *(*rooms.PLAYS, *sessions.PLAYS, *lobbies.PLAYS, *panels.PLAYS),
        *deliveries.PLAYS,
    )
}
FEW: Plays = {
    play.__name__: play
    for play in (
        rooms.moves_between_rooms,
        rooms.the_guild_is_out,
        sessions.drained_with_a_queue,
        sessions.the_bot_is_put_out,
        lobbies.leaves_the_lobby_before_the_move,
        panels.renames_and_locks,
        deliveries.tells_one_that_fails,
    )
}
"""For `make test`."""
MEANWHILE: Plays = {act.__name__: act for act in meanwhile.ACTS}
"""What people do while the program is dead, or sleeps."""
