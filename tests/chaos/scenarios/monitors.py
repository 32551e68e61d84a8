"""Channels of a file, whose changes are called out as dbot does: to web addresses, and into a list of Redis."""

from __future__ import annotations

from tests.chaos.wishes import Channels
from tests.chaos.world import MINUTE, World

UNSEEN = "SELECT channel_id FROM monitor WHERE seen_at IS NULL"
LOOKS = "SELECT kind FROM timer, voice_sight WHERE kind = 'monitors.look'"
ROUNDS = 8


def lists_the_lobby(world: World) -> None:
    """Before the program is started."""
    names = {int(each.id): each.name for each in (world.alice, world.bob)}
    lobby = world.guild.channel("Lobby").id
    world.channels = Channels.of(lobby, names, redis=world.redis is not None)


async def _is_seen(world: World) -> None:
    """Who is in it before it was looked at is news to nobody."""

    async def is_to_be_looked_at() -> bool:
        return bool(await world.store.rows(LOOKS))

    for _ in range(ROUNDS):
        # Ready it is before it has begun to work.
        await world.settles(is_to_be_looked_at)
        await world.passes(MINUTE)
        if not await world.store.rows(UNSEEN):
            return


async def _people_move(world: World) -> None:
    lobby, other = world.guild.channel("Lobby").id, world.looks_alike("Chess")
    await world.joins(world.alice, lobby)
    await world.joins(world.bob, lobby)
    await world.settles()
    await world.joins(world.alice, other)
    await world.leaves(world.bob)
    await world.settles()
    await world.joins(world.alice, lobby)
    await world.settles()


async def calls_out(world: World) -> None:
    await _is_seen(world)
    await _people_move(world)


async def calls_out_to_one_that_fails(world: World) -> None:
    """Now and then; and then so often that it is given up."""
    await _is_seen(world)
    world.receiver.answers = [500, 200, None, 502, 200, 500, 500, 500]
    await _people_move(world)
    for _ in range(3):
        await world.passes(MINUTE)
    await world.leaves(world.alice)
    await world.settles()


async def calls_out_while_redis_is_away(world: World) -> None:
    """And comes back; and its connections are cut in the middle."""
    await _is_seen(world)
    if world.redis is not None:
        world.redis.close()
    await _people_move(world)
    await world.passes(MINUTE)
    if world.redis is not None:
        await world.redis.open()
    await world.passes(7 * MINUTE)
    if world.redis is not None:
        world.redis.cut()
    await world.leaves(world.alice)
    await world.passes(7 * MINUTE)


PLAYS = (calls_out, calls_out_to_one_that_fails, calls_out_while_redis_is_away)
