"""A member's own room, with the bot in it. There is one lane, with one seat."""

from __future__ import annotations

from tests.chaos.world import MINUTE, World

START, CLOSE = "/session start", "/session close"


async def _begins(world: World) -> None:
    await world.asks(world.bob, START)
    await world.settles()


async def _runs(world: World) -> None:
    await _begins(world)
    for room in world.rooms:
        await world.joins(world.bob, room)
    await world.settles()


async def comes_and_leaves(world: World) -> None:
    await _runs(world)
    await world.passes(2 * MINUTE)
    await world.leaves(world.bob)
    await world.settles()


async def never_comes(world: World) -> None:
    await _begins(world)
    await world.passes(MINUTE / 2)
    await world.passes(MINUTE / 2)


async def closes_it_from_within(world: World) -> None:
    await _runs(world)
    await world.asks(world.bob, CLOSE, rooms=0)
    await world.settles()


async def the_bot_is_put_out(world: World) -> None:
    await _runs(world)
    await world.puts_out_bot()
    await world.settles()


async def its_room_is_deleted(world: World) -> None:
    await _runs(world)
    for room in world.rooms:
        await world.deletes(room)
    await world.settles()


async def one_waits_for_another(world: World) -> None:
    await world.asks(world.bob, START)
    await world.asks(world.alice, START)
    await world.settles()
    await world.asks(world.bob, CLOSE, rooms=0)
    await world.settles()
    for room in world.rooms:
        await world.joins(world.alice, room)
    await world.settles()


async def one_tires_of_waiting(world: World) -> None:
    await _runs(world)
    await world.asks(world.alice, START)
    await world.settles()
    await world.asks(world.alice, "/session cancel", rooms=0)
    await world.leaves(world.bob)
    await world.settles()


async def drained_with_a_queue(world: World) -> None:
    """What runs ends with the program, and who waits has their turn with the next."""
    await _runs(world)
    await world.asks(world.alice, START)
    await world.settles()
    await world.restarts()
    for room in world.rooms:
        await world.joins(world.alice, room)
    await world.settles()


PLAYS = (
    comes_and_leaves,
    never_comes,
    closes_it_from_within,
    the_bot_is_put_out,
    its_room_is_deleted,
    one_waits_for_another,
    one_tires_of_waiting,
    drained_with_a_queue,
)
