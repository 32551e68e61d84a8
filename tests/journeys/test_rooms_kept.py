"""What may be in the way of a room's end, and of its beginning."""

from __future__ import annotations

import pytest

from fakecord import Fault

from .test_rooms import CREATE, DELETE, FIVE_MINUTES, open_room, requests

RENAME = ("PATCH", "/channels/{channel_id}")


async def ask(who, command, /, **options):
    return (await (await who.runs(command, **options)).answered(timeout=20)).text


async def test_a_close_that_was_cut_off_by_a_kill_is_carried_out_with_people_in_the_room(
    program, fake, guild, alice, bob
):
    await open_room(alice)
    await bob.joins("Raid night")
    await program.notes("open")
    fault = fake.faults.add(Fault(*DELETE, hold=True))
    await alice.runs("/room close")
    await fault.reached()
    await program.kill()
    fake.faults.clear()
    await program.start()
    fake.clock.advance(11)
    await program.until(lambda: not guild.has_channel("Raid night"))
    await program.notes("closed")

    assert len(requests(fake, DELETE)) == 1


async def test_a_channel_deleted_by_hand_while_the_program_was_dead_is_closed_in_the_books(
    program, fake, guild, alice
):
    await open_room(alice)
    await program.kill()
    await guild.channel("Raid night").delete()
    await program.start()
    fake.clock.advance(FIVE_MINUTES)
    await program.notes("closed")

    assert [each.status for each in fake.requests.matching(*DELETE)] == [404]


async def test_a_wish_for_a_name_survives_a_kill(program, fake, guild, alice):
    await open_room(alice)
    await alice.joins("Raid night")
    room = guild.channel("Raid night")
    for name in ("One", "Two", "Three"):
        await ask(alice, "/room rename", name=name)
    await program.kill()
    await program.start()
    fake.clock.advance(600)
    await program.until(lambda: room.name == "Three")

    # The log has a request once it is answered.
    await program.until(lambda: len(fake.requests.matching(*RENAME)) == 3)


async def test_a_full_category_flows_over_and_a_full_guild_is_said_so(program, fake, guild, alice):
    more = guild.add_channel("More", "category")
    home = guild.channel("general").entity.parent_id
    for number in range(49):
        guild.add_channel(f"filler {number}", "text", category=home)
    assert "50 channels" in await ask(alice, "/room public", name="Raid night")

    await ask(alice, "/room settings", setting="overflow", value=more.id)
    await open_room(alice)
    assert guild.channel("Raid night").entity.parent_id == more.id

    for number in range(500 - len(guild.state.channels)):
        guild.add_channel(f"more {number}", "text")
    assert "500 channels" in await ask(alice, "/room public", name="One too many")
    assert len(requests(fake, CREATE)) == 1
    assert len(fake.requests.matching(*CREATE)) == 4


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_panel_posted_before_a_kill_works_after_it(program, fake, guild, alice):
    await open_room(alice)
    room = guild.channel("Raid night")
    await program.until(lambda: "[Lock]" in room.transcript())
    await program.kill()
    await program.start()
    said = await (await alice.clicks("Lock")).answered(timeout=20)

    assert "Locked" in said.text
