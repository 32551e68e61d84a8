"""A member's own room, with the bot in it."""

from __future__ import annotations

from tests.chaos.world import MINUTE, World

START = "/session start"


async def comes_and_leaves(world: World) -> None:
    await world.asks(world.bob, START)
    await world.settles()
    for room in world.rooms:
        await world.joins(world.bob, room)
        await world.passes(2 * MINUTE)
        await world.leaves(world.bob)
        await world.settles()


async def never_comes(world: World) -> None:
    await world.asks(world.bob, START)
    await world.settles()
    await world.passes(MINUTE / 2)
    await world.passes(MINUTE / 2)


async def waits_for_another(world: World) -> None:
    """There is one seat, and the first of the two closes their session."""
    await world.asks(world.bob, START)
    await world.asks(world.alice, START)
    await world.settles()
    await world.asks(world.bob, "/session close", rooms=0)
    await world.settles()
    for room in world.rooms[-1:]:
        await world.joins(world.alice, room)
    await world.settles()


PLAYS = (comes_and_leaves, never_comes, waits_for_another)
