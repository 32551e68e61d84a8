"""Personal sessions over kills, restarts, outages and races: each ends once, with its reason, and leaves no channel."""

from __future__ import annotations

import aiohttp
import pytest

from fakecord import Fault

CREATE = ("POST", "/guilds/{guild_id}/channels")
DELETE = ("DELETE", "/channels/{channel_id}")
ROOM = "Voice-bob"
# Concurrency is tested with the use cases; here it is one process, and what it does with Discord.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def before(guild, alice, bob):
    return set(guild.channel_names)


async def begin(program, member):
    await member.runs("/session start")
    await program.tells("waiting")


async def run(program, member):
    await begin(program, member)
    await member.joins(f"Voice-{member.name}")
    await program.tells("running")


async def restart(program, fake):
    await program.kill()
    fake.faults.clear()
    await program.start()


def deletions(fake):
    return len([each for each in fake.requests.matching(*DELETE) if each.done])


async def test_killed_at_half_of_the_time_to_come_it_is_over_at_the_whole(
    program, fake, guild, bob, before
):
    await begin(program, bob)
    fake.clock.advance(30)
    await restart(program, fake)
    await program.until(lambda: guild.channel(ROOM).occupants == ["bot"])
    fake.clock.advance(29.9)
    await program.tells("waiting")
    fake.clock.advance(0.1)
    await program.tells("timeout")

    assert set(guild.channel_names) == before
    assert deletions(fake) == 1


@pytest.mark.parametrize(
    ("after", "told"), [(False, "failed"), (True, "waiting")], ids=["before", "after"]
)
async def test_killed_around_the_creation_there_is_one_channel_or_none(
    program, fake, guild, bob, before, after, told
):
    fault = fake.faults.add(Fault(*CREATE, hold=True, after=after))
    await bob.runs("/session start")
    await fault.reached()
    await restart(program, fake)
    if not after:
        fake.clock.advance(61)
    await program.tells(told)

    assert set(guild.channel_names) - before == ({ROOM} if after else set())
    if after:
        await program.until(lambda: guild.channel(ROOM).occupants == ["bot"])
        fake.clock.advance(60)
        await program.tells("timeout")
    assert set(guild.channel_names) == before


async def test_closed_while_its_room_is_being_made_it_is_over_as_soon_as_that_is_there(
    program, fake, guild, alice, bob, before
):
    """The next one's turn comes then: the bot may be on its way to the room of the first."""
    fault = fake.faults.add(Fault(*CREATE, hold=True, after=True))
    await bob.runs("/session start")
    await fault.reached()
    await alice.runs("/session start")
    await bob.runs("/session close")
    await program.tells("ending", "requested")
    fault.release()
    await program.tells("closed", "waiting")

    assert set(guild.channel_names) - before == {"Voice-alice"}
    assert guild.channel("Voice-alice").occupants == ["bot"]


async def test_the_bot_leaves_first_and_killed_then_the_channel_still_goes(
    program, fake, guild, bob, before
):
    await run(program, bob)
    fault = fake.faults.add(Fault(*DELETE, hold=True))
    await bob.leaves()
    await fault.reached()
    assert guild.channel(ROOM).occupants == []
    await program.tells("ending")
    await restart(program, fake)
    await program.tells("left")

    assert set(guild.channel_names) == before


async def test_who_came_while_the_program_was_dead_is_in_and_who_left_has_left(
    program, fake, guild, bob
):
    """Whatever the deadline says: nothing is concluded before the server's state is known again."""
    await begin(program, bob)
    await program.kill()
    await bob.joins(ROOM)
    fake.clock.advance(3600)
    await program.start()
    await program.tells("running")
    await program.until(lambda: sorted(guild.channel(ROOM).occupants) == ["bob", "bot"])
    await program.kill()
    await bob.leaves()
    await program.start()
    await program.tells("left")

    assert not guild.has_channel(ROOM)


async def test_stopped_in_good_order_it_ends_what_is_open_and_keeps_the_queue(
    program, fake, guild, alice, bob, before
):
    await run(program, bob)
    await alice.runs("/session start")
    await program.tells("running", "requested")
    code = await program.stop()

    assert code == 0
    assert set(guild.channel_names) == before
    await program.start()
    await program.tells("drain", "waiting")
    await program.until(lambda: guild.channel("Voice-alice").occupants == ["bot"])


async def test_a_restart_may_be_set_to_end_what_is_open(program, fake, guild, bob, before):
    await run(program, bob)
    program.settings["RALLYPOINT_SESSIONS_ON_RESTART"] = "end"
    await restart(program, fake)
    await program.tells("restart")

    assert set(guild.channel_names) == before


async def test_an_outage_ends_nothing_and_what_happened_in_it_counts_afterwards(
    program, fake, guild, bob, before
):
    await run(program, bob)
    await guild.outage(True)
    await bob.leaves()
    fake.clock.advance(3600)
    await program.passes(60)
    await program.tells("running")
    assert deletions(fake) == 0

    await guild.outage(False)
    await program.tells("left")
    assert set(guild.channel_names) == before


async def test_a_fresh_log_in_brings_the_bot_back_and_a_hand_takes_it_out(
    program, fake, guild, bob, before
):
    await run(program, bob)
    times = fake.gateway.identifies
    await fake.gateway.invalidate()
    await program.until(lambda: fake.gateway.identifies > times)
    await program.until(lambda: sorted(guild.channel(ROOM).occupants) == ["bob", "bot"])
    await program.tells("running")
    await throw_out_the_bot(fake, guild)
    await program.tells("ending")
    fake.clock.advance(1)
    await program.tells("disconnected")

    assert set(guild.channel_names) == before


async def test_a_tenth_of_a_second_before_the_end_is_in_time(program, fake, guild, bob, before):
    await begin(program, bob)
    fake.clock.advance(59.9)
    await bob.joins(ROOM)
    fake.clock.advance(0.05)
    await program.tells("running")
    fake.clock.advance(0.05)
    await program.passes(60)
    await program.tells("running")
    await bob.leaves()
    await program.tells("left")

    assert set(guild.channel_names) == before
    assert deletions(fake) == 1


async def throw_out_the_bot(fake, guild):
    """As a moderator does: to Discord it is the same."""
    url = f"{fake.api_url}/guilds/{guild.id}/members/{fake.application_id}"
    headers = {"Authorization": f"Bot {fake.token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as client,
        client.patch(url, json={"channel_id": None}) as answer,
    ):
        assert answer.status == 200, await answer.text()
