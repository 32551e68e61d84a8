from __future__ import annotations

import pytest
from sqlalchemy import text

from rallypoint.kernel.people import Permission

DELETE = ("DELETE", "/channels/{channel_id}")
SEES = Permission.VIEW_CHANNEL | Permission.CONNECT
CREATE = ("POST", "/guilds/{guild_id}/channels")


async def ask(member, command, **options):
    done = await member.runs(command, **options)
    reply = await done.answered(timeout=20)
    assert reply is not None
    assert reply.ephemeral
    return reply.text


async def test_a_member_opens_a_room_and_is_told_when_it_closes(house, guild, charlie):
    said = await ask(charlie, "/room public", name="  Raid   night ")

    room = guild.channel("Raid night")
    assert f"<#{room.id}> is open" in said
    assert "empty for 5 min" in said
    await charlie.joins("Raid night")


async def test_a_room_without_a_name_gets_a_codename_and_stands_where_it_was_asked_for(
    house, guild, charlie
):
    before = set(guild.channel_names)
    await ask(charlie, "/room public")

    [name] = set(guild.channel_names) - before
    assert len(name.split()) == 2
    assert guild.channel(name).entity.parent_id == guild.channel("general").entity.parent_id


async def test_the_old_name_of_the_command_opens_a_room_as_well(house, guild, charlie):
    said = await ask(charlie, "/voice-channel public", name="Raid night")

    assert f"<#{guild.channel('Raid night').id}> is open" in said


async def test_one_member_may_not_fill_the_server_with_rooms(house, guild, charlie):
    for number in range(3):
        await ask(charlie, "/room public", name=f"Room {number}")
    said = await ask(charlie, "/room public", name="One too many")

    assert "You have 3 rooms open already" in said
    assert not guild.has_channel("One too many")


async def test_what_the_bot_lacks_is_named_and_nothing_is_asked_of_discord(house, guild, charlie):
    guild.bot_may(Permission.VIEW_CHANNEL | Permission.CONNECT)
    said = await ask(charlie, "/room public", name="Raid night")

    assert "**Manage Channels**" in said
    assert house.requests.matching(*CREATE) == []


async def test_a_full_category_is_said_so(house, guild, charlie):
    for number in range(49):
        guild.add_channel(f"filler {number}", "text", category="Text")
    said = await ask(charlie, "/room public", name="Raid night")

    assert "50" in said
    assert not guild.has_channel("Raid night")


async def test_the_server_sets_how_long_an_empty_room_stays(house, guild, alice, charlie):
    shown = await ask(alice, "/room settings", setting="empty_after", value="10s")
    assert "**10 s** (set here)" in shown

    await ask(charlie, "/room public", name="Raid night")
    house.clock.advance(10)
    await house.until(lambda: not guild.has_channel("Raid night"))

    shown = await ask(alice, "/room settings", setting="empty_after", value="reset")
    assert "**5 min** (default)" in shown


async def test_a_shorter_time_counts_for_rooms_that_are_empty_already(house, guild, alice):
    await ask(alice, "/room public", name="Raid night")
    house.clock.advance(60)
    await ask(alice, "/room settings", setting="empty_after", value="30s")

    await house.until(lambda: not guild.has_channel("Raid night"))


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("empty_after", "soon", "is not a duration"),
        ("empty_after", "25h", "cannot be set to `25h`: at most 1 d."),
        ("most_open", "0", "at least 1."),
        ("empty_aftr", "5m", "Did you mean `rooms.empty_after`?"),
    ],
)
async def test_a_setting_it_cannot_be_is_refused_with_the_reason(
    house, alice, setting, value, words
):
    assert words in await ask(alice, "/room settings", setting=setting, value=value)
    assert "set here" not in await ask(alice, "/room settings")


async def test_who_may_not_manage_the_server_sees_no_settings_and_changes_none(
    house, alice, charlie
):
    said = await ask(charlie, "/room settings", setting="empty_after", value="1s")

    assert said.endswith("You need the permission **Manage Server** for that.")
    assert "set here" not in await ask(alice, "/room settings")


async def test_a_room_deleted_by_hand_is_not_asked_for_again(
    house, guild, alice, sessions, eventually
):
    async def states():
        async with sessions() as session:
            return list(await session.scalars(text("SELECT state FROM room")))

    await ask(alice, "/room public", name="Raid night")
    await guild.channel("Raid night").delete()
    await eventually(states, ["closed"])
    house.clock.advance(3600)
    await ask(alice, "/room public", name="Another")

    assert house.requests.matching(*DELETE) == []


@pytest.fixture
def incidents(sessions):
    """How many are open."""

    async def count():
        async with sessions() as session:
            statement = text("SELECT count(*) FROM incident WHERE closed_at IS NULL")
            return await session.scalar(statement)

    return count


async def test_a_deletion_that_is_forbidden_is_not_repeated_until_the_rights_change(
    house, guild, alice, incidents, eventually
):
    guild.bot_may(*(each for each in Permission if each != Permission.ADMINISTRATOR))
    await ask(alice, "/room public", name="Raid night")
    room, me = guild.channel("Raid night"), house.application_id
    await room.overwrite(me, allow=SEES, deny=Permission.MANAGE_CHANNELS)
    house.clock.advance(300)
    await eventually(incidents, 1)
    house.clock.advance(3600)
    await ask(alice, "/room settings")
    assert room.exists
    assert house.requests.matching(*DELETE) == []

    await room.overwrite(me, allow=SEES | Permission.MANAGE_CHANNELS)
    await house.until(lambda: not room.exists)

    assert len(house.requests.matching(*DELETE)) == 1
