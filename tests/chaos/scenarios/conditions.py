"""Subscriptions with conditions: what is held back, asked about and counted while the program is killed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fakecord import Member
from tests.chaos.points import HOOK
from tests.chaos.wishes import Choosy
from tests.chaos.world import MINUTE, World

from .deliveries import LAST_EVENT, MOST_ASKED

HOUR = 60 * MINUTE
WITH_CONDITIONS = "SELECT id, conditions, destination_id FROM subscription ORDER BY id"


async def _is_told_if(world: World, choosy: Choosy, **asked: Any) -> None:
    """Until it is so: the answer is lost with the program."""
    to = f"{world.receiver.url}{HOOK}"
    for number in range(MOST_ASKED):
        found = await world.store.rows(WITH_CONDITIONS)
        if found and found[0]["conditions"] not in ("{}", {}):
            [last] = await world.store.rows(LAST_EVENT)
            # Asked twice, there may be two; the other has no conditions.
            to_it = int(found[0]["destination_id"])
            world.choosy = replace(choosy, after=last["position"] or 0, destination_id=to_it)
            return
        if not found:
            wanted: dict[str, Any] = {"events": "presence.joined", "by": "webhook.post", "to": to}
            await world.asks(world.alice, "/notify add", rooms=0, name=f"choosy {number}", **wanted)
        else:
            which = str(found[0]["id"])
            await world.asks(world.alice, "/notify conditions", rooms=0, which=which, **asked)
        await world.settles()


async def _comes(world: World, member: Member, channel_id: str) -> None:
    """A minute after whatever was found by a look: of what is at one and the same moment none is first."""
    await world.passes(MINUTE)
    await world.joins(member, channel_id)


async def tells_of_two_together(world: World) -> None:
    """Long enough; not long enough; and again, while somebody else comes and goes elsewhere."""
    choosy = Choosy(0, at_least=2, for_seconds=MINUTE)
    await _is_told_if(world, choosy, at_least=2, for_seconds=60)
    lobby, other = world.guild.channel("Lobby").id, world.looks_alike("Chess")
    await _comes(world, world.alice, lobby)
    for stays in (1.0, 0.5, 1.5):
        await _comes(world, world.bob, lobby)
        await world.settles()
        await world.passes(stays * MINUTE)
        await world.joins(world.bob, other)
        await world.settles()
        await world.passes(MINUTE)
    await world.leaves(world.alice)
    await world.settles()


async def tells_of_few_with_a_role(world: World) -> None:
    """Two an hour of those who have it, while another comes and goes who has not; and an hour later one more."""
    role = world.guild.role("Raider").id
    await world.alice.manages.gives_role("Raider", world.bob.id)
    choosy = Choosy(0, users=frozenset({int(world.bob.id)}), most_per_hour=2)
    await _is_told_if(world, choosy, role=role, most_per_hour=2)
    lobby = world.guild.channel("Lobby").id
    for _ in range(3):
        await world.joins(world.bob, lobby)
        await world.joins(world.alice, lobby)
        await world.settles()
        await world.leaves(world.bob)
        await world.leaves(world.alice)
        await world.passes(MINUTE)
    await world.passes(HOUR)
    await world.joins(world.bob, lobby)
    await world.settles()


async def tells_of_who_comes_first(world: World) -> None:
    """To a receiver that fails; whoever comes second, or from one channel to the other, may be first there."""
    await _is_told_if(world, Choosy(0, most_per_hour=3), first_joiner=True, most_per_hour=3)
    lobby, other = world.guild.channel("Lobby").id, world.looks_alike("Chess")
    world.receiver.answers = [500, None, 200, 503]
    for member in (world.alice, world.bob):
        await _comes(world, member, lobby)
        await world.settles()
        await world.joins(member, other)
        await world.passes(MINUTE)
    await world.leaves(world.alice)
    await world.leaves(world.bob)
    await world.passes(6 * MINUTE)
    await _comes(world, world.bob, lobby)
    await world.settles()


PLAYS = (tells_of_two_together, tells_of_few_with_a_role, tells_of_who_comes_first)
