"""What comes when nobody looks: a turn after an hour, a visit of a moment, a room that cannot be deleted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text, update

from rallypoint.features.sessions.model import VoiceSession
from rallypoint.kernel.people import Permission

NEEDED = (
    *(Permission.VIEW_CHANNEL, Permission.SEND_MESSAGES, Permission.CONNECT, Permission.SPEAK),
    *(Permission.MANAGE_CHANNELS, Permission.MOVE_MEMBERS),
)
SEES = Permission.VIEW_CHANNEL | Permission.CONNECT
DELETE = ("DELETE", "/channels/{channel_id}")
AN_HOUR = 3600
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def dora(guild):
    return guild.member("dora")


@pytest.fixture
async def start(house, guild):
    async def begin(member, words="is open for you"):
        done = await member.runs("/session start")
        await done.answered(timeout=20)
        await house.until(lambda: words in done.reply.text)
        return done

    return begin


@pytest.fixture
async def waiting(house, start, charlie, dora):
    """Charlie's session runs, and dora waits for so long that her answer cannot be changed any more."""
    first = await start(charlie)
    await charlie.joins("Voice-charlie")
    await house.until(lambda: "Your session runs" in first.reply.text)
    done = await start(dora, "number **1**")
    house.clock.advance(AN_HOUR)
    return done


async def test_who_waited_for_an_hour_is_written_to_when_their_turn_comes(
    house, guild, charlie, dora, waiting
):
    assert "I write to you" in waiting.reply.text
    await charlie.leaves()
    await house.until(lambda: "is open for you" in dora.reads_direct())

    assert f"<#{guild.channel('Voice-dora').id}>" in dora.reads_direct()
    house.clock.advance(60)
    await house.until(lambda: "You did not come in time" in dora.reads_direct())


async def test_who_takes_no_messages_is_called_in_the_room(house, guild, charlie, dora, waiting):
    dora.takes_direct_messages(False)
    await charlie.leaves()
    await house.until(lambda: guild.has_channel("Voice-dora"))
    room = guild.channel("Voice-dora")
    await house.until(lambda: dora.mention in room.transcript())

    [said] = dora.messages("Voice-dora")
    assert said.entity.mentions == (dora.id,)


async def test_who_still_has_their_answer_is_not_written_to(house, start, guild, charlie, dora):
    await start(charlie)
    done = await start(dora, "number **1**")
    await charlie.clicks("Close the session")
    await house.until(lambda: "is open for you" in done.reply.text)
    await dora.joins("Voice-dora")
    await house.until(lambda: "Your session runs" in done.reply.text)

    assert dora.reads_direct() == ""


async def test_a_moment_in_the_room_was_a_session(
    house, guild, start, charlie, told, ends, eventually
):
    await start(charlie)
    await charlie.joins("Voice-charlie")
    await charlie.leaves()
    await eventually(ends, ["left"])

    assert await told() == [("queued", None), ("started", None), ("completed", "left")]
    assert not guild.has_channel("Voice-charlie")


@pytest.fixture
async def stuck(house, guild, start, charlie, told, ends, eventually):
    """A room of charlie's that the bot may not delete."""
    guild.bot_may(*NEEDED)
    await start(charlie)
    await charlie.joins("Voice-charlie")
    await eventually(told, [("queued", None), ("started", None)])
    room = guild.channel("Voice-charlie")
    await room.overwrite(house.application_id, allow=SEES, deny=Permission.MANAGE_CHANNELS)
    await charlie.leaves()
    await eventually(ends, ["left"])
    return room


async def test_a_room_that_cannot_be_deleted_ends_the_session_and_bars_the_server_not_the_member(
    house, guild, start, charlie, dora, stuck
):
    house.clock.advance(AN_HOUR)
    for member in (charlie, dora):
        refused = await start(member, "I may not delete")
        assert f"<#{stuck.id}>" in refused.reply.text
    assert stuck.exists
    assert house.requests.matching(*DELETE) == []

    await stuck.overwrite(house.application_id, allow=SEES | Permission.MANAGE_CHANNELS)
    await house.until(lambda: not stuck.exists)
    await start(charlie)


async def test_a_room_that_was_left_is_gone_as_well_when_somebody_else_deletes_it(
    house, guild, start, charlie, stuck, sessions, eventually
):
    await stuck.delete()

    async def states():
        async with sessions() as session:
            return list(await session.scalars(text("SELECT state FROM room")))

    await eventually(states, ["closed"])
    await start(charlie)


async def test_an_answer_whose_time_is_over_by_discord_s_clock_costs_nobody_the_connection(
    house, guild, start, waiting, sessions, charlie, dora, clock
):
    """Ours may be behind: then Discord turns the interaction's token away, not the bot's."""
    async with sessions.begin() as session:
        later = clock.now() + timedelta(days=400)
        await session.execute(update(VoiceSession).values(answer_until=later))
    before = house.gateway.identifies
    await charlie.leaves()
    await house.until(lambda: "is open for you" in dora.reads_direct())

    assert 401 in {each.status for each in house.requests}
    assert house.gateway.identifies == before
