"""Who joins the lobby is given a room and moved into it."""

from __future__ import annotations

from tests.chaos.world import MINUTE, World


async def joins_a_lobby(world: World) -> None:
    lobby = world.guild.channel("Lobby").id
    await world.asks(world.alice, "/room settings", setting="lobby", value=lobby, rooms=0)
    await world.settles()
    await world.joins(world.bob, lobby, rooms=1)
    await world.settles()
    await world.passes(MINUTE)
    await world.leaves(world.bob)
    await world.settles()


async def leaves_the_lobby_at_once(world: World) -> None:
    """Before there is a room to be moved into; and somebody else stays."""
    lobby = world.guild.channel("Lobby").id
    await world.asks(world.alice, "/room settings", setting="lobby", value=lobby, rooms=0)
    await world.settles()
    await world.joins(world.bob, lobby, rooms=1)
    await world.leaves(world.bob)
    await world.joins(world.alice, lobby, rooms=1)
    await world.settles()


PLAYS = (joins_a_lobby, leaves_the_lobby_at_once)
