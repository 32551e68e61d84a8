"""`/voice`, as people type it."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import func, select

from fakecord.entities import Overwrite
from fakecord.permissions import Permission as Bit
from rallypoint.features.presence.model import VoiceOptOut, VoiceStay
from rallypoint.features.presence.service import occupancy, writing
from rallypoint.features.presence.service.writing import NOBODY
from rallypoint.features.whereabouts import texts
from rallypoint.kernel.events import Outbox
from rallypoint.kernel.ids import GuildId
from rallypoint.kernel.people import Permission

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What the databases do differently is tried where the use cases are."""


async def ask(author, command, **options):
    reply = await (await author.runs(command, **options)).answered(timeout=20)
    assert reply is not None
    assert reply.ephemeral
    assert len(reply.content) <= 2000
    return reply.content


@pytest.fixture
def bob(guild):
    guild.role("Moderator", Permission.MODERATE_MEMBERS)
    return guild.member("bob", roles=["Moderator"])


@pytest.fixture
def count(sessions):
    async def look(*where):
        async with sessions() as session:
            return await session.scalar(select(func.count()).select_from(VoiceStay).where(*where))

    return look


@pytest.fixture
def present(count):
    async def look():
        return await count(VoiceStay.ended_at.is_(None))

    return look


async def test_who_tells_of_everybody_bots_too_and_since_when(
    house, guild, alice, charlie, present, eventually
):
    assert await ask(charlie, "/voice who") == texts.NOBODY
    jukebox = guild.member("jukebox", bot=True)
    await alice.joins("Lobby")
    await jukebox.joins("Lobby")
    await eventually(present, 2)

    said = await ask(charlie, "/voice who")
    lobby = guild.channel("Lobby").id
    assert re.fullmatch(
        rf"\*\*<#{lobby}>\*\*\n- {alice.mention} since <t:\d+:R>\n"
        rf"- {jukebox.mention} 🤖 since <t:\d+:R>",
        said,
    )
    assert await ask(charlie, "/voice who", channel="Lobby") == said


async def test_a_channel_that_charlie_cannot_see_does_not_exist_for_him(
    house, guild, alice, charlie, present, eventually
):
    hidden = Overwrite(id=guild.id, type=0, allow=0, deny=int(Bit.VIEW_CHANNEL))
    guild.add_channel("Board", "voice", overwrites=[hidden])
    await alice.joins("Board")
    await eventually(present, 1)

    assert alice.mention in await ask(alice, "/voice who")
    assert await ask(charlie, "/voice who") == texts.NOBODY


async def test_an_unknown_guild_says_so(house, guild, charlie, sessions, eventually):
    async def is_known():
        async with sessions() as session:
            return await occupancy.is_known(session, GuildId(int(guild.id)))

    await eventually(is_known, True)
    async with sessions.begin() as session:
        await writing.forget_sight(session)

    assert await ask(charlie, "/voice who") == texts.UNKNOWN


async def test_time_is_told_by_how_it_was_spent(
    house, guild, alice, charlie, present, count, eventually
):
    assert (
        await ask(alice, "/voice time") == f"{alice.mention} in voice, in the last 7 days: nothing."
    )
    await alice.joins("Lobby")
    await eventually(present, 1)
    house.clock.advance(600)
    await charlie.joins("Lobby")
    await eventually(present, 2)
    await alice.mutes()
    await eventually(lambda: count(VoiceStay.flags > 0), 1)
    house.clock.advance(1200)

    said = await ask(alice, "/voice time", period="7 days")

    assert "**30 min** present, in one stay" in said
    assert "- 10 min not muted" in said
    assert "- 30 min not deafened" in said
    assert "- 20 min with others" in said


async def test_the_time_of_others_is_for_moderators_unless_the_guild_says_otherwise(
    house, guild, alice, bob, charlie, set_setting
):
    hidden = texts.REFUSALS["time_of_others_hidden"]
    assert await ask(charlie, "/voice time", member=alice) == hidden
    assert "nothing" in await ask(bob, "/voice time", member=alice)
    await set_setting("presence.time_of_others", "everybody", int(guild.id))
    assert "nothing" in await ask(charlie, "/voice time", member=alice)
    await set_setting("presence.time_of_others", "nobody", int(guild.id))

    assert await ask(bob, "/voice time", member=alice) == hidden
    assert "nothing" in await ask(charlie, "/voice time")


async def test_who_wants_no_history_is_seen_while_there_and_leaves_no_row(
    house, guild, alice, charlie, present, count, sessions, eventually
):
    assert await ask(alice, "/voice privacy") == texts.KEPT
    await alice.joins("Lobby")
    await eventually(present, 1)
    assert await ask(alice, "/voice privacy", history="off") == texts.TURNED_OFF
    assert await ask(alice, "/voice privacy") == texts.NOT_KEPT
    assert alice.mention in await ask(charlie, "/voice who")
    await alice.leaves()
    await eventually(present, 0)
    await alice.joins("Lobby")
    await alice.leaves()
    await eventually(lambda: count(VoiceStay.user_id == NOBODY), 2)
    assert await count(VoiceStay.user_id != NOBODY) == 0

    house.clock.advance(26 * 3600)

    await eventually(count, 0)

    async def recorded():
        async with sessions() as session:
            rows = await session.scalars(
                select(Outbox.data).where(Outbox.kind != "presence.synced")
            )
            return [data["user_id"] for data in rows if data.get("fleeting")]

    await eventually(recorded, [])
    assert await ask(alice, "/voice privacy", history="on") == texts.TURNED_ON
    async with sessions() as session:
        assert (await session.scalars(select(VoiceOptOut))).all() == []


async def test_charlie_gets_his_own_data_and_has_it_forgotten(
    house, guild, alice, charlie, present, count, sessions, eventually
):
    for member in (charlie, alice):
        await member.joins("Lobby")
    await charlie.leaves()
    await charlie.joins("Lobby")
    await eventually(lambda: count(VoiceStay.user_id == int(charlie.id)), 2)
    reply = await (await charlie.runs("/voice export")).answered(timeout=20)
    assert reply.ephemeral
    assert [each["filename"] for each in reply.entity.attachments] == ["voice.json"]

    said = await ask(charlie, "/voice forget")
    assert said.startswith("I keep 1 stays of yours")
    await (await charlie.clicks(texts.KEEP)).answered(timeout=20)
    assert await count(VoiceStay.user_id == int(charlie.id)) == 2
    await ask(charlie, "/voice forget")
    await (await charlie.clicks(texts.FORGET)).answered(timeout=20)
    assert await count(VoiceStay.user_id == int(charlie.id)) == 1
    assert await count(VoiceStay.user_id == int(alice.id)) == 1

    async def told_of():
        async with sessions() as session:
            return json.dumps(list(await session.scalars(select(Outbox.data)))).count(charlie.id)

    house.clock.advance(60)
    await eventually(told_of, 0)
