"""Events that somebody subscribes to, and a receiver that takes them, or does not."""

from __future__ import annotations

from tests.chaos.points import HOOK
from tests.chaos.world import MINUTE, World

MOST_ASKED = 12
SUBSCRIBED = "SELECT id FROM subscription"
LAST_EVENT = "SELECT max(position) AS position FROM outbox"


async def subscribes(world: World) -> None:
    """Asks until it is so: the answer is lost with the program."""
    for number in range(MOST_ASKED):
        if await world.store.rows(SUBSCRIBED):
            [last] = await world.store.rows(LAST_EVENT)
            world.subscribed_after = last["position"] or 0
            return
        await world.asks(
            world.alice,
            "/notify add",
            rooms=0,
            events="presence.*",
            by="webhook.post",
            to=f"{world.receiver.url}{HOOK}",
            name=f"hook {number}",
        )
        await world.settles()


async def people_move(world: World) -> None:
    lobby, other = world.guild.channel("Lobby").id, world.looks_alike("Chess")
    for channel in (lobby, other):
        await world.joins(world.alice, channel)
        await world.joins(world.bob, channel)
    await world.settles()
    await world.leaves(world.alice)
    await world.joins(world.bob, lobby)
    await world.settles()


async def tells_a_receiver(world: World) -> None:
    await subscribes(world)
    await people_move(world)
    await world.leaves(world.bob)
    await world.settles()


async def tells_one_that_fails(world: World) -> None:
    await subscribes(world)
    world.receiver.answers = [500, 200, None, 502]
    await people_move(world)
    for minutes in (0.2, 6, 40):
        await world.passes(minutes * MINUTE)
    await people_move(world)


async def tells_one_that_is_down(world: World) -> None:
    await subscribes(world)
    world.receiver.always = None
    await people_move(world)
    await world.passes(10 * MINUTE)
    await people_move(world)
    world.receiver.always = 200
    await world.passes(60 * MINUTE)


PLAYS = (tells_a_receiver, tells_one_that_fails, tells_one_that_is_down)
