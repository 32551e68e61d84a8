"""What owners and moderators do with a room, by commands and by its panel."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from rallypoint.kernel.people import Permission

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ROOM = "Raid night"
RENAME = ("PATCH", "/channels/{channel_id}")
OVERWRITE = ("PUT", "/channels/{channel_id}/permissions/{overwrite_id}")


@pytest.fixture
def bob(guild):
    bob = guild.member("bob")
    guild.role("moderators", Permission.MANAGE_CHANNELS | Permission.VIEW_CHANNEL)
    return bob


async def told(done):
    reply = await done.answered(timeout=20)
    assert reply is not None
    assert reply.ephemeral
    return reply.text


async def ask(who, command, /, **options):
    return await told(await who.runs(command, **options))


@pytest.fixture
def seen_in(sessions, eventually):
    """Until the ledger has that many in that channel."""

    async def wait(room, number):
        counting = text(
            "SELECT count(*) FROM voice_stay WHERE channel_id = :id AND ended_at IS NULL"
        )

        async def count():
            async with sessions() as session:
                return await session.scalar(counting, {"id": int(room.id)})

        await eventually(count, number)

    return wait


@pytest.fixture
async def room(house, guild, charlie):
    """Charlie's, with its panel."""
    await ask(charlie, "/room public", name=ROOM)
    room = guild.channel(ROOM)
    await house.until(lambda: "Owner" in room.transcript())
    return room


async def test_a_room_is_locked_and_unlocked_by_its_panel_which_says_so(
    house, guild, room, charlie, alice
):
    mallory = guild.member("mallory")
    said = await told(await charlie.clicks("Lock"))
    await house.until(lambda: "Unlock" in room.transcript())

    assert "Locked" in said
    with pytest.raises(Exception, match="may not connect"):
        await mallory.joins(ROOM)
    await charlie.joins(ROOM)

    await told(await charlie.clicks("Unlock"))
    await house.until(lambda: "[Lock]" in room.transcript())
    await mallory.joins(ROOM)


async def test_a_hidden_room_is_seen_by_its_owner_and_by_who_is_invited(
    house, guild, room, charlie
):
    mallory, guest = guild.member("mallory"), guild.member("guest")
    await ask(charlie, "/room hide")
    await told(await charlie.picks("guest", of="Let people in…"))

    assert charlie.sees(ROOM)
    assert guest.sees(ROOM)
    assert not mallory.sees(ROOM)

    await ask(charlie, "/room show")
    assert mallory.sees(ROOM)


async def test_what_others_have_set_for_a_channel_stays_when_it_is_locked(
    house, guild, room, charlie
):
    stream = 1 << 9
    await room.overwrite("@everyone", allow=stream | int(Permission.CONNECT))
    await ask(charlie, "/room lock")

    [everyone] = [each for each in room.entity.overwrites if each.id == guild.state.guild.id]
    assert everyone.allow & stream
    assert everyone.deny == Permission.CONNECT


async def test_who_is_kicked_is_out_and_stays_out_until_invited(guild, room, charlie, seen_in):
    mallory = guild.member("mallory")
    await mallory.joins(ROOM)
    await seen_in(room, 1)
    said = await ask(charlie, "/room kick", member="mallory")

    assert mallory.mention in said
    assert room.occupants == []
    with pytest.raises(Exception, match="may not connect"):
        await mallory.joins(ROOM)

    await ask(charlie, "/room invite", member="mallory")
    await mallory.joins(ROOM)


async def test_who_sits_elsewhere_is_not_thrown_out_of_there(house, guild, room, charlie):
    mallory = guild.member("mallory")
    guild.add_channel("Elsewhere", "voice")
    await mallory.joins("Elsewhere")
    await ask(charlie, "/room kick", member="mallory")

    assert mallory.voice_channel == "Elsewhere"


@pytest.mark.parametrize(
    "command",
    [
        *("limit most:3", "rename name:x", "lock", "hide", "close", "panel"),
        *("invite member:bob", "kick member:bob", "transfer member:bob"),
    ],
    ids=lambda each: each.split()[0],
)
async def test_a_stranger_may_do_nothing_with_the_room(house, guild, room, bob, command):
    before = room.entity
    mallory = guild.member("mallory")
    said = await told(await mallory.runs(f"/room {command}", channel=ROOM))

    assert "Only its owner or a moderator" in said
    assert room.entity == before


async def test_a_right_in_one_channel_makes_nobody_a_moderator_of_the_rooms(house, guild, room):
    mallory = guild.member("mallory")
    await guild.channel("general").overwrite("mallory", allow=Permission.MANAGE_CHANNELS)
    said = await ask(mallory, "/room close", room=room.id)

    assert "Only its owner or a moderator" in said


async def test_the_third_name_in_ten_minutes_comes_when_discord_allows_and_only_the_newest(
    house, guild, room, charlie, seen_in
):
    await ask(charlie, "/room rename", name="One")
    form = await charlie.clicks("Rename")
    await told(await charlie.submits(form, {"Its new name": "Two"}))
    said = await ask(charlie, "/room rename", name="Three")
    await ask(charlie, "/room rename", name="Four")
    await house.until(lambda: "Four" in room.transcript())

    assert "two new names in ten minutes" in said
    assert room.name == "Two"
    assert len(house.requests.matching(*RENAME)) == 2

    await charlie.joins("Two")
    await seen_in(room, 1)
    house.clock.advance(599)
    house.clock.advance(1)
    await house.until(lambda: room.name == "Four")

    assert len(house.requests.matching(*RENAME)) == 3
    await house.until(lambda: "New names left" in room.transcript())


async def test_a_limit_is_set_by_the_form_and_a_wrong_one_is_refused(house, room, charlie):
    form = await charlie.clicks("Limit")
    said = await told(await charlie.submits(form, {"How many may be in it": "x"}))

    assert "no number" in said
    assert room.entity.user_limit == 0

    form = await charlie.clicks("Limit")
    assert "Up to 5" in await told(await charlie.submits(form, {"How many may be in it": "5"}))
    assert room.entity.user_limit == 5


async def test_the_owner_leaves_and_somebody_in_the_room_claims_it(
    house, guild, room, charlie, seen_in
):
    mallory = guild.member("mallory")
    await charlie.joins(ROOM)
    await mallory.joins(ROOM)
    await seen_in(room, 2)
    assert "owns it" in await told(await mallory.clicks("Claim"))

    await charlie.leaves()
    await seen_in(room, 1)
    assert "your room now" in await told(await mallory.clicks("Claim"))
    await house.until(lambda: f"Owner: {mallory.mention}" in room.transcript())
    assert "Only its owner" in await ask(charlie, "/room lock", room=room.id)

    await charlie.joins(ROOM)
    await seen_in(room, 2)
    assert "your room now" in await told(await charlie.clicks("Claim"))


async def test_a_room_is_handed_over_to_somebody_in_it(guild, room, charlie, seen_in):
    mallory = guild.member("mallory")
    assert "not in the room" in await ask(charlie, "/room transfer", member="mallory")

    await mallory.joins(ROOM)
    await seen_in(room, 1)
    await told(await charlie.picks("mallory", of="Hand the room over to…"))
    assert "Locked" in await told(await mallory.clicks("Lock"))


async def test_the_owner_closes_the_room_with_people_in_it(house, guild, room, charlie):
    await charlie.joins(ROOM)
    await charlie.clicks("Close")
    await house.until(lambda: not room.exists)


async def test_a_moderator_holds_a_room_and_it_stays_until_released(
    house, room, guild, alice, charlie
):
    assert "Manage Channels" in await told(await charlie.runs("/room hold", channel=ROOM))
    assert "Held" in await ask(alice, "/room hold", room=room.id)
    house.clock.advance(24 * 3600)
    said = await ask(charlie, "/room close")

    assert "keeps this room" in said
    assert room.exists

    await ask(alice, "/room release", room=room.id)
    await house.until(lambda: not room.exists)


async def test_who_is_barred_makes_no_rooms_until_they_are_not(
    house, guild, alice, charlie, audit_log
):
    await ask(alice, "/room bar", member="charlie")
    assert "do not let you make rooms" in await ask(charlie, "/room public", name=ROOM)

    await ask(alice, "/room unbar", member="charlie")
    assert "is open" in await ask(charlie, "/room public", name=ROOM)

    assert [each.action for each in await audit_log(int(guild.state.guild.id))] == [
        "rooms.unbarred",
        "rooms.barred",
    ]


async def test_a_power_that_is_off_is_gone_from_owners_and_from_panels_but_not_from_moderators(
    house, guild, alice, charlie
):
    await ask(alice, "/room settings", setting="powers_off", value="lock, kick")
    await ask(charlie, "/room public", name=ROOM)
    room = guild.channel(ROOM)
    await house.until(lambda: "Owner" in room.transcript())

    assert "does not let owners" in await ask(charlie, "/room lock")
    assert "[Lock]" not in room.transcript()
    assert "Locked" in await ask(alice, "/room lock", room=room.id)


async def test_words_that_are_not_wanted_stand_in_no_name(house, guild, alice, charlie):
    await ask(alice, "/room settings", setting="forbidden_words", value="darn, heck")

    assert "does not want" in await ask(charlie, "/room public", name="What the HÉCK")
    assert "is open" in await ask(charlie, "/room public", name="Heckler's")


async def test_the_panel_is_posted_anew_where_it_was_buried(house, room, charlie):
    [before] = charlie.messages(ROOM)
    await ask(charlie, "/room panel")
    await house.until(lambda: len(charlie.messages(ROOM)) == 1 and not before.exists)


async def test_a_card_of_another_version_says_so(house, fake, room, charlie):
    [card] = charlie.messages(ROOM)
    button = next(each for each in card.components if each.get("label") == "Lock")
    button["custom_id"] = button["custom_id"].replace(":1:", ":99:")

    assert "older version" in await told(await charlie.clicks("Lock"))


async def test_what_the_bot_lacks_for_a_power_is_named_and_discord_is_not_asked(
    house, guild, room, charlie
):
    guild.bot_may(Permission.VIEW_CHANNEL | Permission.CONNECT | Permission.MANAGE_CHANNELS)
    said = await ask(charlie, "/room lock")

    assert "**Manage Roles**" in said
    assert house.requests.matching(*OVERWRITE) == []
