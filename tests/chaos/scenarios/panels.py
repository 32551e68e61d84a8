"""What owners do with their rooms."""

from __future__ import annotations

from tests.chaos.world import World


async def _is_in_a_room(world: World) -> None:
    await world.asks(world.alice, "/room public", name="Raid night")
    await world.settles()
    for room in world.rooms:
        await world.joins(world.alice, room)
    await world.settles()


async def renames_and_locks(world: World) -> None:
    await _is_in_a_room(world)
    for number in range(3):
        await world.asks(world.alice, "/room rename", rooms=0, name=f"Late raid {number}")
    await world.settles()
    await world.asks(world.alice, "/room lock", rooms=0)
    await world.settles()


async def hands_it_over_and_it_is_closed(world: World) -> None:
    await _is_in_a_room(world)
    for room in world.rooms:
        await world.joins(world.bob, room)
    await world.settles()
    await world.asks(world.alice, "/room transfer", rooms=0, member="bob")
    await world.settles()
    await world.leaves(world.alice)
    await world.asks(world.bob, "/room close", rooms=0)
    await world.settles()


PLAYS = (renames_and_locks, hands_it_over_and_it_is_closed)
