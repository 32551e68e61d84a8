"""What threads and events do by themselves when the clock goes on."""

from __future__ import annotations

from fakecord import Fakecord

HOUR = 3600


async def test_a_thread_nobody_writes_in_is_archived(fake, guild, alice, bob):
    fake.clock.freeze()
    thread = await alice.starts_thread("Tea")
    await thread.edit(auto_archive_duration=60)
    fake.clock.advance(HOUR - 1)
    await bob.types("still here", channel="Tea")
    fake.clock.advance(HOUR - 1)
    before = thread.entity.archived
    fake.clock.advance(1)

    assert (before, thread.entity.archived) == (False, True)
    await bob.types("and again", channel="Tea")
    assert not thread.entity.archived
    fake.clock.advance(HOUR)
    assert thread.entity.archived


async def test_a_thread_that_is_gone_is_not_archived(fake, guild, alice):
    fake.clock.freeze()
    thread = await alice.starts_thread("Tea")
    await thread.delete()
    fake.clock.advance(100 * HOUR)

    assert guild.threads == []


async def test_an_event_elsewhere_begins_and_ends(fake, guild, alice, connect):
    fake.clock.freeze()
    socket = await connect()
    await socket.identify(fake.token, 1 << 16)
    event = guild.plans_event("Picnic", location="the park")
    await socket.event("GUILD_SCHEDULED_EVENT_CREATE")
    told = []
    for _ in range(2):
        fake.clock.advance(HOUR)
        told.append((await socket.event("GUILD_SCHEDULED_EVENT_UPDATE"))["status"])

    assert told == [2, 3]
    assert guild.events == []
    assert guild.state.scheduled_events[event.id].status == 3


async def test_an_event_in_voice_waits_for_somebody(fake, guild, alice):
    fake.clock.freeze()
    guild.plans_event("Raid", channel="Lobby")
    fake.clock.advance(10 * HOUR)

    assert [each.status for each in guild.events] == [1]


async def test_a_restored_world_goes_on(fake, guild, alice):
    fake.clock.freeze()
    await alice.starts_thread("Tea")
    other = Fakecord()
    other.clock.freeze(fake.clock.now())
    other.restore(fake.export())
    there = other.guild("Demo").state.threads
    other.clock.advance(72 * HOUR)

    assert [each.archived for each in there.values()] == [True]
    assert [each.archived for each in guild.state.threads.values()] == [False]
