"""An evening with rooms: from the lobby, over the owner's powers, to the end. On both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from rallypoint.kernel.people import Permission

from .test_rooms_kept import ask

LOBBY = "Make a room"
ROOM = "charlie #1"


async def told(done):
    return (await done.answered(timeout=20)).text


@pytest.fixture
def dora(guild):
    return guild.member("dora")


@pytest.fixture
def in_voice(sessions, eventually):
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


async def test_from_the_lobby_to_the_end(
    house, guild, alice, charlie, dora, set_setting, in_voice, audit_log
):
    guild.add_channel(LOBBY, "voice", category="Voice")
    await set_setting("rooms.lobbies", guild.channel(LOBBY).id, int(guild.id))
    await set_setting("rooms.template", "{user} #{n}", int(guild.id))
    await charlie.joins(LOBBY)
    await house.until(lambda: charlie.voice_channel == ROOM)
    room = guild.channel(ROOM)
    await house.until(lambda: "[Lock]" in room.transcript())

    await told(await charlie.clicks("Lock"))
    with pytest.raises(Exception, match="may not connect"):
        await dora.joins(ROOM)
    await ask(charlie, "/room invite", member="dora")
    await dora.joins(ROOM)
    await in_voice(room, 2)
    for name in ("One", "Two", "Three"):
        said = await ask(charlie, "/room rename", name=name)
    assert ("two new names in ten minutes" in said, room.name) == (True, "Two")

    await ask(charlie, "/room transfer", member="dora")
    await house.until(lambda: f"Owner: {dora.mention}" in room.transcript())
    assert "Up to 4" in await ask(dora, "/room limit", most=4, room=room.id)
    await ask(dora, "/room kick", member="charlie", room=room.id)
    await in_voice(room, 1)
    await ask(alice, "/room hold", room=room.id)
    assert "keeps this room" in await ask(dora, "/room close", room=room.id)
    await ask(alice, "/room release", room=room.id)
    house.clock.advance(600)
    await house.until(lambda: room.name == "Three")

    await dora.leaves()
    await in_voice(room, 0)
    house.clock.advance(299)
    assert "member" not in await ask(alice, "/room settings", setting="panel")
    there = room.exists
    house.clock.advance(1)
    await house.until(lambda: not room.exists)
    assert there
    actions = [each.action for each in await audit_log(int(guild.id))]
    assert actions[:2] == ["rooms.released", "rooms.held"]


async def test_a_session_its_queue_and_its_end(house, guild, charlie, dora, alice):
    first = await charlie.runs("/session start")
    await house.until(lambda: first.reply and "is open for you" in first.reply.text, 20)
    await charlie.joins("Voice-charlie")
    second = await dora.runs("/session start")
    await house.until(lambda: second.reply and "number **1**" in second.reply.text, 20)
    await charlie.leaves()
    await house.until(lambda: "is open for you" in second.reply.text, 20)
    house.clock.advance(60)
    await house.until(lambda: "You did not come in time" in second.reply.text, 20)

    assert "You left" in first.reply.text
    assert not [name for name in guild.channel_names if name.startswith("Voice-")]


async def test_two_teams_and_who_may_speak(house, guild, alice, charlie):
    for name in ("Foxes", "Owls"):
        guild.role(name, 0)
    fox = guild.member("fox", roles=["Foxes"])
    said = await ask(fox, "/room private", opponent="Owls", team="Foxes")
    room = guild.channel("Owls vs Foxes")

    assert room.id in said
    everyone = next(each for each in room.entity.overwrites if each.id == guild.id)
    assert everyone.deny & Permission.SPEAK
    await charlie.joins("Owls vs Foxes")
