from __future__ import annotations

import pytest

from fakecord import Fault

FIVE_MINUTES = 300.0
CREATE = ("POST", "/guilds/{guild_id}/channels")
DELETE = ("DELETE", "/channels/{channel_id}")


async def open_room(member, name="Raid night"):
    done = await member.runs("/room public", name=name)
    reply = await done.answered(timeout=20)
    assert "is open" in reply.text
    assert reply.ephemeral


def requests(fake, route):
    return [each for each in fake.requests.matching(*route) if each.done]


async def test_a_room_opens_on_request_and_closes_when_it_has_been_empty_for_its_time(
    program, fake, guild, alice
):
    before = set(guild.channel_names)
    await open_room(alice)
    await alice.joins("Raid night")
    await program.notes("open")
    fake.clock.advance(3600)
    await alice.leaves()
    left_at = fake.clock.now()
    await program.notes("emptying")
    fake.clock.advance(FIVE_MINUTES - 0.5)
    fake.clock.advance(0.5)
    await program.until(lambda: not guild.has_channel("Raid night"))

    assert set(guild.channel_names) == before
    [deleted] = requests(fake, DELETE)
    assert deleted.at >= left_at + FIVE_MINUTES
    assert "rallypoint op 01" in deleted.reason


async def test_somebody_who_comes_back_in_time_keeps_the_room(program, fake, guild, alice, bob):
    await open_room(alice)
    await alice.joins("Raid night")
    await alice.leaves()
    fake.clock.advance(FIVE_MINUTES - 1)
    await bob.joins("Raid night")
    await program.until(lambda: guild.channel("Raid night").occupants == ["bob"])
    await program.notes("open")
    fake.clock.advance(3600)
    await bob.leaves()
    await program.notes("emptying")
    fake.clock.advance(FIVE_MINUTES)
    await program.until(lambda: not guild.has_channel("Raid night"))

    assert len(requests(fake, DELETE)) == 1


async def test_killed_before_the_channel_was_made_there_is_none_and_the_request_has_failed(
    program, fake, guild, alice
):
    before = set(guild.channel_names)
    fault = fake.faults.add(Fault(*CREATE, hold=True))
    await alice.runs("/room public", name="Raid night")
    await fault.reached()
    await program.kill()
    fake.faults.clear()
    await program.start()
    fake.clock.advance(61)
    await program.notes("closed")

    assert set(guild.channel_names) == before
    assert requests(fake, CREATE) == []
    await open_room(alice)


async def test_killed_after_the_channel_was_made_it_is_adopted_and_closed_in_time(
    program, fake, guild, alice
):
    before = set(guild.channel_names)
    fault = fake.faults.add(Fault(*CREATE, hold=True, after=True))
    await alice.runs("/room public", name="Raid night")
    await fault.reached()
    await program.kill()
    fake.faults.clear()
    await program.start()
    await program.notes("emptying")

    assert set(guild.channel_names) == before | {"Raid night"}

    fake.clock.advance(FIVE_MINUTES + 1)
    await program.until(lambda: not guild.has_channel("Raid night"))

    assert set(guild.channel_names) == before
    assert len(requests(fake, CREATE)) == 1


async def test_killed_while_a_room_is_empty_its_deadline_is_kept(program, fake, guild, alice):
    before = set(guild.channel_names)
    await open_room(alice)
    await alice.joins("Raid night")
    await program.notes("open")
    await alice.leaves()
    await program.notes("emptying")
    left_at = fake.clock.now()
    await program.kill()
    fake.clock.advance(FIVE_MINUTES - 60)
    await program.start()

    assert guild.has_channel("Raid night")

    fake.clock.advance(60)
    await program.until(lambda: not guild.has_channel("Raid night"))

    [deleted] = requests(fake, DELETE)
    assert FIVE_MINUTES - 1 <= deleted.at - left_at <= FIVE_MINUTES + 1
    assert set(guild.channel_names) == before


async def test_killed_over_the_deadline_the_room_goes_at_the_start_once(
    program, fake, guild, alice
):
    await open_room(alice)
    await program.kill()
    fake.clock.advance(24 * 3600)
    await program.start()
    await program.until(lambda: not guild.has_channel("Raid night"))

    assert len(requests(fake, DELETE)) == 1


@pytest.mark.parametrize("after", [False, True], ids=["before it is done", "after it is done"])
async def test_killed_in_the_middle_of_a_deletion_the_room_is_gone_after_a_restart(
    program, fake, guild, alice, after
):
    before = set(guild.channel_names)
    fault = fake.faults.add(Fault(*DELETE, hold=True, after=after))
    await open_room(alice)
    fake.clock.advance(FIVE_MINUTES)
    await fault.reached()
    await program.kill()
    fake.faults.clear()
    await program.start()
    await program.until(lambda: not guild.has_channel("Raid night"))
    await program.notes("closed")

    assert set(guild.channel_names) == before


async def test_somebody_who_came_while_the_program_was_dead_keeps_the_room(
    program, fake, guild, alice, bob
):
    fault = fake.faults.add(Fault(*DELETE, hold=True))
    await open_room(alice)
    fake.clock.advance(FIVE_MINUTES)
    await fault.reached()
    await program.kill()
    fake.faults.clear()
    await bob.joins("Raid night")
    await program.start()
    await program.notes("open")

    assert guild.channel("Raid night").occupants == ["bob"]
    assert requests(fake, DELETE) == []


async def test_an_answer_of_502_after_the_work_leaves_one_channel(program, fake, guild, alice):
    fake.faults.add(Fault(*CREATE, after=True, status=502))
    await open_room(alice)

    assert [name for name in guild.channel_names if name == "Raid night"] == ["Raid night"]
    assert len(requests(fake, CREATE)) == 1


async def test_a_channel_that_only_looks_like_a_room_is_never_touched(program, fake, guild, alice):
    guild.add_channel("Raid night", "voice")
    await open_room(alice)
    fake.clock.advance(FIVE_MINUTES)
    await program.until(lambda: requests(fake, DELETE))
    await program.notes("closed")
    fake.clock.advance(3600)

    assert [name for name in guild.channel_names if name == "Raid night"] == ["Raid night"]
    assert len(requests(fake, DELETE)) == 1


async def test_a_guild_outage_closes_what_emptied_in_it_once_and_keeps_what_is_occupied(
    program, fake, guild, alice, bob
):
    await open_room(alice, "Empties")
    await open_room(alice, "Stays")
    await alice.joins("Empties")
    await bob.joins("Stays")
    await program.notes("open", "open")
    await guild.outage(True)
    await alice.leaves()
    await program.passes(24 * 3600)

    assert requests(fake, DELETE) == []

    await guild.outage(False)
    await program.notes("emptying", "open")
    fake.clock.advance(FIVE_MINUTES)
    await program.until(lambda: not guild.has_channel("Empties"))
    await program.notes("closed", "open")

    assert guild.channel("Stays").occupants == ["bob"]
    assert len(requests(fake, DELETE)) == 1
    assert len(fake.requests.matching(*DELETE)) == 1


async def test_a_403_is_one_request_until_the_rights_have_changed(program, fake, guild, alice):
    fake.faults.add(Fault(*DELETE, status=403, times=None))
    await open_room(alice)
    fake.clock.advance(FIVE_MINUTES)
    await program.until(lambda: len(fake.requests.matching(*DELETE)) == 1)
    await program.notes("emptying")
    await program.passes(24 * 3600)

    assert len(fake.requests.matching(*DELETE)) == 1

    fake.faults.clear()
    guild.role("moderators")
    await program.until(lambda: not guild.has_channel("Raid night"))
    await program.notes("closed")
