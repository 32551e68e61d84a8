"""What people do while the program is dead."""

from __future__ import annotations

from tests.chaos.world import MINUTE, World


async def nothing(world: World) -> None:
    pass


async def somebody_joins(world: World) -> None:
    """It may have been made for whoever still sits in a lobby: in time they are given another."""
    for room in world.rooms[-1:]:
        await world.joins(world.bob, room)
        world.askings += world.in_lobbies


async def all_leave(world: World) -> None:
    await world.leaves(world.alice)
    await world.leaves(world.bob)


async def they_swap(world: World) -> None:
    for member, room in zip((world.bob, world.alice), world.rooms, strict=False):
        await world.joins(member, room)


async def they_take_turns(world: World) -> None:
    """In the lobby, if anybody is there and its comings and goings are told: who is leaves, who is not comes. All of it
    is seen at once."""
    if world.choosy is None and world.channels is None:
        # There it may be one that gives rooms.
        return
    lobby = world.guild.channel("Lobby").id
    inside = {*world.humans_in(lobby)}
    if inside:
        for member in (world.bob, world.alice):
            await (world.leaves(member) if member.id in inside else world.joins(member, lobby))


async def time_goes_by(world: World) -> None:
    world.time_goes_by(10 * MINUTE)


async def the_time_is_just_over(world: World) -> None:
    world.time_goes_by(5 * MINUTE)


async def a_room_is_deleted(world: World) -> None:
    for room in world.rooms[:1]:
        await world.deletes(room)


async def somebody_copies_a_room(world: World) -> None:
    world.looks_alike("Raid night")
    world.looks_alike("Chess")


async def the_bot_is_put_out(world: World) -> None:
    """Of voice; its line may be cut by then, and its seat with it."""
    await world.puts_out_bot()


async def the_guild_goes_out(world: World) -> None:
    """It is out as the program starts; once that is quiet it comes back."""
    if not world.guild.state.guild.unavailable:
        await world.guild.outage(True)
        await all_leave(world)
        world.comes_back = True


ACTS = (
    nothing,
    somebody_joins,
    all_leave,
    they_swap,
    they_take_turns,
    time_goes_by,
    the_time_is_just_over,
    a_room_is_deleted,
    somebody_copies_a_room,
    the_bot_is_put_out,
    the_guild_goes_out,
)
