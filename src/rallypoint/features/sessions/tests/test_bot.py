from __future__ import annotations

import aiohttp
import pytest
from sqlalchemy import select

from rallypoint.kernel.jobs import Run
from rallypoint.kernel.people import Permission

CREATE = ("POST", "/guilds/{guild_id}/channels")
DELETE = ("DELETE", "/channels/{channel_id}")
ROOM = "Voice-charlie"
# What depends on the database is tested with the use cases.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def dora(guild):
    return guild.member("dora")


class Desk:
    """A member at their command, and the message that answers it."""

    def __init__(self, house, member, done):
        self.house, self.member, self.done = house, member, done

    async def reads(self, words):
        await self.house.until(lambda: self.done.reply and words in self.done.reply.text, 20)

    async def presses(self, label):
        await self.member.clicks(label)


async def ask(house, member, command, **options):
    done = await member.runs(command, **options)
    await done.answered(timeout=20)
    assert done.reply.ephemeral
    return Desk(house, member, done)


async def start(house, member, **options):
    return await ask(house, member, "/session start", **options)


async def opened(house, guild, member):
    """A session that waits for its member."""
    desk = await start(house, member)
    await desk.reads("is open for you")
    return desk


async def running(house, guild, member):
    desk = await opened(house, guild, member)
    await member.joins(f"Voice-{member.name}")
    await desk.reads("Your session runs")
    return desk


async def test_a_member_gets_a_room_that_nobody_else_sees_with_the_bot_in_it(
    house, guild, charlie, dora
):
    desk = await opened(house, guild, charlie)

    room = guild.channel(ROOM)
    assert room.occupants == ["bot"]
    assert (charlie.sees(ROOM), dora.sees(ROOM)) == (True, False)
    assert f"<#{room.id}> is open for you" in desk.done.reply.text
    assert "Come within 1 min" in desk.done.reply.text


async def test_who_comes_in_time_stays_as_long_as_they_like(house, guild, charlie, told):
    await running(house, guild, charlie)
    house.clock.advance(3600)
    await charlie.mutes()
    await charlie.deafens()
    await charlie.streams()
    await ask(house, charlie, "/session status")

    assert sorted(guild.channel(ROOM).occupants) == ["bot", "charlie"]
    assert await told() == [("queued", None), ("started", None)]


async def test_who_does_not_come_finds_the_room_gone(
    house, guild, charlie, told, ends, sessions, eventually
):
    desk = await opened(house, guild, charlie)
    house.clock.advance(59)
    there = guild.has_channel(ROOM)
    house.clock.advance(1)
    await house.until(lambda: not guild.has_channel(ROOM))
    await desk.reads("You did not come in time")

    assert there
    await eventually(ends, ["timeout"])
    assert await told() == [("queued", None), ("failed", "timeout")]

    async def timers_run():
        async with sessions() as session:
            expired = select(Run.status).where(Run.kind == "sessions.expire")
            return list(await session.scalars(expired))

    await eventually(timers_run, ["success"])


async def by_leaving(house, guild, member):
    await member.leaves()


async def by_command(house, guild, member):
    await ask(house, member, "/session close")


async def by_button(house, guild, member):
    await member.clicks("Close the session")


async def by_deleting(house, guild, member):
    await guild.channel(ROOM).delete()


async def by_removing(house, guild, member):
    await guild.removes_bot()


WAYS = [
    (by_leaving, "left"),
    (by_command, "closed"),
    (by_button, "closed"),
    (by_deleting, "gone"),
    (by_removing, "removed"),
]


@pytest.mark.parametrize(("way", "reason"), WAYS, ids=[way.__name__ for way, _ in WAYS])
async def test_each_way_ends_it_once_with_its_reason(
    house, guild, charlie, way, reason, told, ends, eventually
):
    await running(house, guild, charlie)
    await way(house, guild, charlie)
    await eventually(ends, [reason])

    assert reason == "removed" or not guild.has_channel(ROOM)
    assert await told() == [("queued", None), ("started", None), ("completed", reason)]
    assert len(house.requests.matching(*DELETE)) == (reason not in ("gone", "removed"))


async def throw_out_the_bot(house, guild):
    """As a moderator does: to Discord it is the same."""
    url = f"{house.api_url}/guilds/{guild.id}/members/{house.application_id}"
    headers = {"Authorization": f"Bot {house.token}"}
    async with aiohttp.ClientSession(headers=headers) as client:
        answer = await client.patch(url, json={"channel_id": None})
        assert answer.status == 200


@pytest.mark.parametrize(
    ("deleted", "reason"), [(False, "disconnected"), (True, "gone")], ids=["taken out", "deleted"]
)
async def test_a_bot_that_is_out_waits_to_hear_whether_its_room_is_deleted(
    house, guild, charlie, ends, judged, eventually, deleted, reason
):
    await running(house, guild, charlie)
    await throw_out_the_bot(house, guild)
    await eventually(judged, ["disconnected"])
    if deleted:
        await guild.channel(ROOM).delete()
    else:
        house.clock.advance(1)

    await eventually(ends, [reason])
    assert not guild.has_channel(ROOM)
    assert len(house.requests.matching(*DELETE)) == (not deleted)


async def test_the_queue_is_told_live_and_the_next_has_their_turn(house, guild, charlie, dora):
    await running(house, guild, charlie)
    desk = await start(house, dora)
    await desk.reads("number **1**")
    assert "until <t:" in desk.done.reply.text
    await charlie.leaves()
    await desk.reads("is open for you")

    assert guild.channel("Voice-dora").occupants == ["bot"]
    assert not guild.has_channel(ROOM)


async def test_who_leaves_the_queue_lets_the_others_move_up(
    house, guild, alice, charlie, dora, ends, eventually
):
    await running(house, guild, alice)
    first, second = await start(house, charlie), await start(house, dora)
    await second.reads("number **2**")
    await ask(house, charlie, "/session cancel")
    await second.reads("number **1**")
    await first.reads("You left the queue")

    await eventually(ends, [None, "cancelled", None])


async def test_a_member_has_one_session_or_request(house, guild, charlie):
    await start(house, charlie)
    again = await start(house, charlie)

    assert "You have a session already" in again.done.reply.text
    assert len(house.requests.matching(*CREATE)) <= 1


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("/session close", "You have no session"),
        ("/session cancel", "You have no session"),
        ("/session status", "`default` — 0 of 1 taken, 0 waiting"),
    ],
)
async def test_without_a_session_that_is_said(house, charlie, command, words):
    desk = await ask(house, charlie, command)

    assert words in desk.done.reply.text


async def test_a_lane_that_does_not_exist_is_named_with_those_that_do(house, charlie):
    desk = await start(house, charlie, lane="gpu")

    assert "There is no lane `gpu`; there is: default." in desk.done.reply.text


async def test_what_the_bot_lacks_is_named_before_anything_is_made(house, guild, charlie):
    guild.bot_may(
        Permission.VIEW_CHANNEL | Permission.CONNECT | Permission.SPEAK | Permission.MANAGE_CHANNELS
    )
    desk = await start(house, charlie)

    assert "**Move Members**" in desk.done.reply.text
    assert house.requests.matching(*CREATE) == []


@pytest.mark.parametrize(
    ("most", "words"), [(50, "50 channels"), (500, "500 channels")], ids=["category", "server"]
)
async def test_what_keeps_a_room_from_being_made_is_told(
    house, guild, charlie, most, words, ends, eventually
):
    where = {"category": "Text"} if most == 50 else {}
    for number in range(most - (1 if where else len(guild.state.channels))):
        guild.add_channel(f"filler {number}", "text", **where)
    desk = await start(house, charlie)
    await desk.reads("I could not open your room: ")

    assert words in desk.done.reply.text
    await eventually(ends, ["failed"])


async def test_a_press_renews_the_time_for_which_the_message_is_kept_up(house, guild, charlie):
    desk = await running(house, guild, charlie)
    house.clock.advance(15 * 60)
    until = desk.done.reply.text
    await charlie.clicks("Refresh")
    await house.until(lambda: desk.done.reply.text != until)
    await charlie.leaves()

    await desk.reads("You left, so the session is over")


@pytest.mark.parametrize(("setting", "stays"), [("ends", False), ("stays", True)])
async def test_a_server_says_whether_guests_keep_it(
    house, guild, alice, charlie, set_setting, setting, stays, ends, eventually
):
    await set_setting("sessions.owner_leaves", setting, int(guild.id))
    await running(house, guild, charlie)
    await alice.joins(ROOM)
    await charlie.leaves()
    if stays:
        await ask(house, charlie, "/session status")
        assert guild.channel(ROOM).occupants == ["bot", "alice"]
        await alice.leaves()

    await eventually(ends, ["left"])
