"""Rooms for two teams, and the old names."""

from __future__ import annotations

import pytest

from rallypoint.kernel.people import Permission

from .test_powers import ask, told

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

MESSAGE_CONTENT = 1 << 15
VOICE = Permission.VIEW_CHANNEL | Permission.CONNECT | Permission.SPEAK


@pytest.fixture
def foxes(guild):
    return guild.role("Foxes")


@pytest.fixture
def owls(guild):
    return guild.role("Owls")


@pytest.fixture
def fox(guild, foxes, owls):
    return guild.member("fox", roles=["Foxes"])


def bits(guild, name):
    return {each.id: (each.allow, each.deny) for each in guild.channel(name).entity.overwrites}


async def test_only_the_two_teams_may_speak_and_others_may_listen(house, guild, fox, foxes, owls):
    await ask(fox, "/room private", opponent="Owls", team="Foxes")

    set_now = bits(guild, "Owls vs Foxes")
    assert set_now[guild.id] == (Permission.VIEW_CHANNEL | Permission.CONNECT, Permission.SPEAK)
    assert set_now[foxes.id] == set_now[owls.id] == (VOICE, 0)


@pytest.mark.parametrize(
    ("others", "allow", "deny"),
    [
        ("see", Permission.VIEW_CHANNEL, Permission.SPEAK | Permission.CONNECT),
        ("nothing", 0, Permission.SPEAK | Permission.CONNECT | Permission.VIEW_CHANNEL),
    ],
)
async def test_what_others_may_is_the_guild_s_to_say(
    house, guild, fox, owls, set_setting, others, allow, deny
):
    await set_setting("rooms.private_others", others, int(guild.id))
    await ask(fox, "/room private", opponent="Owls", team="Foxes")

    assert bits(guild, "Owls vs Foxes")[guild.id] == (allow, deny)


async def test_teams_that_nobody_named_are_asked_for(house, guild, fox, owls):
    done = await fox.runs("/room private")
    await done.answered(timeout=20)
    picked = await fox.picks("Foxes", of="Your team's role")
    await picked.answered(timeout=20)
    said = await told(await fox.picks("Owls", of="The other team's role"))

    assert "is open" in said
    assert guild.has_channel("Owls vs Foxes")


async def test_an_opponent_that_was_named_is_not_asked_for_again(house, guild, fox, owls):
    done = await fox.runs("/voice-channel private", opponent="Owls")
    await done.answered(timeout=20)
    assert "is open" in await told(await fox.picks("Foxes", of="Your team's role"))


async def test_who_is_in_neither_team_opens_no_room_for_them(house, guild, charlie, fox, owls):
    said = await ask(charlie, "/room private", opponent="Owls", team="Foxes")

    assert "in neither team" in said
    assert not guild.has_channel("Owls vs Foxes")


@pytest.mark.parametrize(("opponent", "team"), [("Foxes", "Foxes"), ("@everyone", "Foxes")])
async def test_two_teams_are_two_roles(house, fox, owls, opponent, team):
    assert "two teams" in await ask(fox, "/room private", opponent=opponent, team=team)


class TestWithMessageContent:
    @pytest.fixture
    def house_rules(self, fake):
        fake.allow_intents(MESSAGE_CONTENT)
        return {"message_content": True}

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ("!vc", "/room public"),
            ("!voice please", "/session start"),
            ("!PRIVATE", "/room private"),
        ],
    )
    async def test_old_prefix_commands_say_the_new_names(self, house, guild, charlie, typed, said):
        await charlie.types(typed)
        await house.until(lambda: f"`{said}`" in guild.channel("general").transcript())
