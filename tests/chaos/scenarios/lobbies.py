"""Who joins the lobby is given a room and moved into it."""

from __future__ import annotations

from tests.chaos.world import MINUTE, World


async def _lobby(world: World) -> str:
    lobby = world.guild.channel("Lobby").id
    world.lobbies.add(lobby)
    await world.asks(world.alice, "/room settings", setting="lobbies", value=lobby, rooms=0)
    await world.settles()
    return lobby


async def joins_a_lobby(world: World) -> None:
    await world.joins(world.bob, await _lobby(world), rooms=1)
    await world.settles()
    await world.passes(MINUTE)
    await world.leaves(world.bob)
    await world.settles()


async def leaves_the_lobby_before_the_move(world: World) -> None:
    """There is a room by then, and nobody to be moved into it; somebody else stays."""
    lobby = await _lobby(world)
    await world.joins(world.bob, lobby, rooms=1)
    await world.joins(world.alice, lobby, rooms=1)
    await world.sees_a_room()
    await world.leaves(world.bob)
    await world.settles()


PLAYS = (joins_a_lobby, leaves_the_lobby_before_the_move)
