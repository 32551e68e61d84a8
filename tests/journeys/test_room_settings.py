"""What a server's settings do with its rooms, as people see it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from rallypoint.features.presence.api import DEAFENED
from rallypoint.features.presence.model import VoiceStay

from .test_rooms_kept import ask

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

DELETE = ("DELETE", "/channels/{channel_id}")
CREATE = ("POST", "/guilds/{guild_id}/channels")
ROOM = "Raid night"
MINUTE = 60.0
HOUR = 3600.0


@pytest.fixture
def is_deafened(sessions):
    """Whether the one who is in voice is deafened, as far as the ledger knows; None: nobody is."""

    async def read():
        async with sessions() as session:
            still = select(VoiceStay.flags).where(VoiceStay.ended_at.is_(None))
            flags = await session.scalar(still)
            return None if flags is None else bool(flags & DEAFENED)

    return read


async def set_to(alice, **settings):
    for setting, value in settings.items():
        said = await ask(alice, "/room settings", setting=setting, value=value)
        assert "set here" in said


async def test_times_are_shown_as_people_write_them(house, alice):
    said = await ask(alice, "/room settings")

    for setting, words in (("empty_after", "5 min"), ("idle_after", "0 s"), ("max_age", "0 s")):
        assert f"`{setting}` — **{words}** (default)" in said


async def test_a_room_held_open_by_one_who_is_deafened_closes_after_its_time(
    house, guild, alice, charlie, eventually, is_deafened
):
    await set_to(alice, idle_after="30m")
    await ask(charlie, "/room public", name=ROOM)
    await charlie.joins(ROOM)
    await charlie.deafens()
    await eventually(is_deafened, True)
    for _ in range(29):
        house.clock.advance(MINUTE)
    await ask(charlie, "/room limit", most=3)
    there = guild.has_channel(ROOM)
    house.clock.advance(MINUTE)
    await house.until(lambda: not guild.has_channel(ROOM))

    assert there
    [deleted] = house.requests.matching(*DELETE)
    assert "deafened for its time" in deleted.reason


async def test_who_hears_again_in_time_keeps_it(
    house, guild, alice, charlie, eventually, is_deafened
):
    await set_to(alice, idle_after="30m")
    await ask(charlie, "/room public", name=ROOM)
    await charlie.joins(ROOM)
    await charlie.deafens()
    await eventually(is_deafened, True)
    house.clock.advance(29 * MINUTE)
    await charlie.deafens(False)
    await eventually(is_deafened, False)
    for _ in range(3):
        house.clock.advance(HOUR)
    await ask(charlie, "/room limit", most=3)

    assert house.requests.matching(*DELETE) == []


async def test_a_room_of_the_greatest_age_closes_with_people_in_it(
    house, guild, alice, charlie, eventually, is_deafened
):
    await set_to(alice, max_age="1h")
    await ask(charlie, "/room public", name=ROOM)
    await charlie.joins(ROOM)
    await eventually(is_deafened, False)
    house.clock.advance(HOUR - 1)
    await ask(alice, "/room settings")
    there = guild.has_channel(ROOM)
    house.clock.advance(1)
    await house.until(lambda: not guild.has_channel(ROOM))

    assert there
    assert charlie.voice_channel is None
    [deleted] = house.requests.matching(*DELETE)
    assert "the greatest age" in deleted.reason


async def test_what_opens_and_closes_is_said_in_the_log_channel(house, guild, alice, charlie):
    log = guild.add_channel("log", "text")
    await set_to(alice, log_channel=log.id, empty_after="1m")
    await ask(charlie, "/room public", name=ROOM)
    opened = f"<#{guild.channel(ROOM).id}> opened (public room of {charlie.mention})"
    await house.until(lambda: opened in log.transcript())
    house.clock.advance(MINUTE)
    closed = f"A public room of {charlie.mention} closed: empty."
    await house.until(lambda: closed in log.transcript())

    assert charlie.direct_messages() == []
    assert all(each.entity.mentions == () for each in alice.messages("log"))


async def test_a_log_channel_that_is_gone_or_closed_to_the_bot_keeps_no_room_from_its_end(
    house, guild, alice, charlie
):
    log = guild.add_channel("log", "text")
    await set_to(alice, log_channel=log.id, empty_after="1m")
    await log.delete()
    await ask(charlie, "/room public", name=ROOM)
    house.clock.advance(MINUTE)
    await house.until(lambda: not guild.has_channel(ROOM))


@pytest.mark.parametrize(
    ("wanted", "bits"), [("64", 64_000), ("384", 96_000)], ids=["less", "more than allowed"]
)
async def test_the_bitrate_is_what_the_guild_wants_as_far_as_its_boosts_allow(
    house, guild, alice, charlie, wanted, bits
):
    await set_to(alice, bitrate=wanted)
    await ask(charlie, "/room public", name=ROOM)

    assert guild.channel(ROOM).entity.bitrate == bits
