"""Events that somebody subscribes to, and a receiver that takes them, or does not."""

from __future__ import annotations

from typing import Any

from tests.chaos.points import HOOK
from tests.chaos.world import MINUTE, World

MOST_ASKED = 12
SUBSCRIBED = "SELECT id FROM subscription"
WITH_CONDITIONS = "SELECT id, conditions, destination_id FROM subscription ORDER BY id"
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


async def _is_told_of_two_together(world: World) -> None:
    to = f"{world.receiver.url}{HOOK}"
    for number in range(MOST_ASKED):
        found = await world.store.rows(WITH_CONDITIONS)
        if found and found[0]["conditions"] not in ("{}", {}):
            [last] = await world.store.rows(LAST_EVENT)
            # Asked twice, there may be two; the other has no conditions.
            world.two_together = last["position"] or 0, int(found[0]["destination_id"])
            return
        if not found:
            asked: dict[str, Any] = {"events": "presence.joined", "by": "webhook.post", "to": to}
            await world.asks(world.alice, "/notify add", rooms=0, name=f"two {number}", **asked)
        else:
            which = str(found[0]["id"])
            held = {"at_least": 2, "for_seconds": 60}
            await world.asks(world.alice, "/notify conditions", rooms=0, which=which, **held)
        await world.settles()


async def tells_of_two_together(world: World) -> None:
    """Long enough; not long enough; and again, while somebody else comes and goes elsewhere."""
    await _is_told_of_two_together(world)
    lobby, other = world.guild.channel("Lobby").id, world.looks_alike("Chess")
    await world.joins(world.alice, lobby)
    for stays in (1.0, 0.5, 1.5):
        await world.joins(world.bob, lobby)
        await world.settles()
        await world.passes(stays * MINUTE)
        await world.joins(world.bob, other)
        await world.settles()
        await world.passes(MINUTE)
    await world.leaves(world.alice)
    await world.settles()


PLAYS = (tells_a_receiver, tells_one_that_fails, tells_one_that_is_down, tells_of_two_together)
