"""What people do with rooms. Any line may find the program dead, and nothing as it should have become: people shrug."""

from __future__ import annotations

from tests.chaos.world import MINUTE, World

PUBLIC = "/room public"
NEARLY = 5 * MINUTE - 1


async def opens_and_closes(world: World) -> None:
    await world.asks(world.alice, PUBLIC, name="Raid night")
    await world.settles()
    for room in world.rooms:
        await world.joins(world.alice, room)
        await world.settles()
        await world.leaves(world.alice)
        await world.settles()


async def comes_back_in_time(world: World) -> None:
    await world.asks(world.alice, PUBLIC, name="Raid night")
    await world.settles()
    for room in world.rooms:
        await world.joins(world.alice, room)
        await world.settles()
        await world.leaves(world.alice)
        await world.passes(NEARLY)
        await world.joins(world.bob, room)
        await world.settles()
        await world.passes(2 * MINUTE)


async def moves_between_rooms(world: World) -> None:
    for name in ("Raid night", "Chess"):
        await world.asks(world.alice, PUBLIC, name=name)
        await world.settles()
    alike = world.looks_alike("Chess")
    for room in [*world.rooms, alike, *world.rooms]:
        await world.joins(world.alice, room)
        await world.settles()
        await world.joins(world.bob, room)
        if world.bob.voice is not None:
            await world.bob.mutes()
    await world.passes(MINUTE)
    await world.leaves(world.bob)
    await world.settles()


async def two_ask_at_once(world: World) -> None:
    """Of the same name; and one of them joins what there is, twice at once."""
    await world.asks(world.alice, PUBLIC, name="Chess")
    await world.asks(world.bob, PUBLIC, name="Chess")
    await world.settles()
    for room in world.rooms:
        await world.joins(world.bob, room)
    await world.leaves(world.bob)
    await world.settles()
    await world.asks(world.bob, PUBLIC)
    await world.asks(world.alice, PUBLIC)
    await world.settles()


async def deleted_by_hand(world: World) -> None:
    await world.asks(world.alice, PUBLIC, name="Raid night")
    await world.asks(world.bob, PUBLIC, name="Chess")
    await world.settles()
    rooms = world.rooms
    for room in rooms[:1]:
        await world.joins(world.alice, room)
    await world.settles()
    # Of one that went while the program was dead it learns when its time is over.
    there = {room for room in rooms if world.exists(room)}
    for room in sorted(there):
        await world.deletes(room)

    async def noted() -> bool:
        rows = await world.store.rows("SELECT channel_id FROM room WHERE state <> 'closed'")
        return not {str(row["channel_id"]) for row in rows} & there

    await world.settles(noted)


async def the_guild_is_out(world: World) -> None:
    await world.asks(world.alice, PUBLIC, name="Raid night")
    await world.settles()
    await world.asks(world.bob, PUBLIC, name="Chess")
    await world.settles()
    for member, room in zip((world.alice, world.bob), world.rooms, strict=False):
        await world.joins(member, room)
    await world.settles()
    await world.guild.outage(True)
    await world.heard()
    await world.leaves(world.alice)
    await world.passes(10 * MINUTE)
    await world.guild.outage(False)
    await world.settles()


async def time_is_over(world: World) -> None:
    """Nobody ever comes."""
    await world.asks(world.alice, PUBLIC, name="Raid night")
    await world.settles()
    await world.passes(5 * MINUTE)
    await world.asks(world.alice, PUBLIC, name="Raid night")
    await world.settles()
    await world.passes(5 * MINUTE)


PLAYS = (
    opens_and_closes,
    comes_back_in_time,
    moves_between_rooms,
    two_ask_at_once,
    deleted_by_hand,
    the_guild_is_out,
    time_is_over,
)
