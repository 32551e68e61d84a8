"""What people do, by name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from tests.chaos.world import World

from . import conditions, deliveries, lobbies, meanwhile, monitors, panels, rooms, sessions

Play = Callable[[World], Awaitable[None]]
Plays = Mapping[str, Play]

SCENARIOS: Plays = {
    play.__name__: play
    for play in (
        *(*rooms.PLAYS, *sessions.PLAYS, *lobbies.PLAYS, *panels.PLAYS),
        *(*deliveries.PLAYS, *conditions.PLAYS, *monitors.PLAYS),
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
        monitors.calls_out,
    )
}
"""For `make test`."""
BEFORE: Mapping[str, Callable[[World], None]] = {
    play.__name__: monitors.lists_the_lobby for play in monitors.PLAYS
}
"""What is so before the program is started for the first time."""
MEANWHILE: Plays = {act.__name__: act for act in meanwhile.ACTS}
"""What people do while the program is dead, or sleeps."""


def called(names: str) -> Plays:
    """Those that *names* has, with commas between them: plays, or modules of this package."""
    wanted = {*names.split(",")}
    found = {
        name: play
        for name, play in SCENARIOS.items()
        if wanted & {name, play.__module__.rpartition(".")[2]}
    }
    if not found:
        raise LookupError(f"there is no scenario {names!r}; there are {', '.join(SCENARIOS)}")
    return found
