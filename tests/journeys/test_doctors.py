"""The doctor of the command line and `/doctor` look at the same things, and find the same."""

from __future__ import annotations

import re

import pytest
from pydantic import SecretStr

from rallypoint.app import catalogue, doctor
from rallypoint.kernel.feature import Grade
from rallypoint.kernel.people import Permission
from rallypoint.kernel.settings import FixedSettings

from .test_rooms_kept import ask

SEEN = re.compile(r"I lack \**([\w ]+)\**: (.*? deny it|none of my roles gives it)")


@pytest.fixture
def examine(house, database_url, tmp_path):
    """What it finds, apart from how it stands with this machine."""
    settings = FixedSettings(
        token=SecretStr(house.token),
        discord_url=house.url,
        database_url=SecretStr(database_url),
        data=tmp_path,
        port=0,
    )

    async def look():
        found = await doctor.examine(settings)
        return [each for each in found if each.subject.startswith(("channel ", "guild "))]

    return look


@pytest.fixture
async def places(house, guild, set_setting):
    """A category, one to flow over into and a lobby, and a bot that has just what it needs."""
    guild.bot_may(*(each for each in Permission if each & catalogue.permissions()))
    found = {
        "category": guild.add_channel("Rooms", "category"),
        "overflow": guild.add_channel("More rooms", "category"),
        "lobby": guild.add_channel("Make a room", "voice"),
    }
    for setting, channel in found.items():
        key = "lobbies" if setting == "lobby" else setting
        await set_setting(f"rooms.{key}", channel.id, int(guild.id))
    return found


async def test_where_nothing_is_in_the_way_both_say_so(house, examine, places, alice):
    found = await examine()

    assert {each.grade for each in found} == {Grade.OK}
    assert [each.subject for each in found][1:] == [
        "channel Rooms of Arena",
        "channel More rooms of Arena",
        "channel Make a room of Arena",
    ]
    assert (await ask(alice, "/doctor")).count("nothing is in the way") == 3


async def test_both_name_the_overwrite_in_the_way(house, guild, examine, places, alice):
    crew = guild.role("Crew", 0)
    guild.gives_bot(crew.id)
    await places["category"].overwrite("@everyone", deny=Permission.CONNECT)
    await places["overflow"].overwrite("Crew", deny=Permission.MANAGE_CHANNELS)
    await places["lobby"].overwrite(house.application_id, deny=Permission.MOVE_MEMBERS)
    failures = [each for each in await examine() if each.grade is Grade.FAILURE]
    said = await ask(alice, "/doctor")

    assert [(each.subject, each.fact) for each in failures] == [
        (
            "channel Rooms of Arena",
            "I lack Connect: the permissions of @everyone there deny it",
        ),
        (
            "channel More rooms of Arena",
            "I lack Manage Channels: the permissions of Crew there deny it",
        ),
        (
            "channel Make a room of Arena",
            "I lack Move Members: the permissions of the bot itself there deny it",
        ),
    ]
    assert failures[0].fix == "allow Connect for the bot there"
    names = {guild.id: "@everyone", crew.id: "Crew", house.application_id: "the bot itself"}
    by_name = re.sub(r"<@&?(\d+)>", lambda found: names[found.group(1)], said)
    assert SEEN.findall(by_name) == [SEEN.findall(each.fact)[0] for each in failures]


async def test_a_channel_that_is_gone_is_said_by_both(house, examine, places, alice):
    await places["lobby"].delete()
    [failure] = [each for each in await examine() if each.grade is Grade.FAILURE]

    assert f"I cannot see {places['lobby'].id}" in failure.fact
    assert f"I cannot see <#{places['lobby'].id}>" in await ask(alice, "/doctor")


async def test_an_administrator_lacks_nothing_anywhere(house, guild, examine, places, alice):
    guild.bot_may(Permission.ADMINISTRATOR)
    await places["lobby"].overwrite("@everyone", deny=Permission.VIEW_CHANNEL)

    assert {each.grade for each in await examine()} == {Grade.OK}
    assert "❌" not in await ask(alice, "/doctor")
