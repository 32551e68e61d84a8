"""`/schedule`, through Discord: as people type it, and as it is answered."""

from __future__ import annotations

import re

import pytest

from rallypoint.kernel.people import Permission

NIGHTLY = {
    "name": "Nightly",
    "task": "presence.forget_stays",
    "when": "every day at 03:00",
    "config": "days=7",
}


async def ask(member, command, **options):
    done = await member.runs(command, **options)
    reply = await done.answered(timeout=20)
    assert reply is not None
    assert reply.ephemeral
    assert len(reply.text) <= 2000
    return reply.text


async def offered(member, command, option, text="", **given):
    return [
        (each["name"], each["value"])
        for each in await member.completes(command, option, text, **given)
    ]


async def values(member, command, option, text="", **given):
    return [value for _, value in await offered(member, command, option, text, **given)]


@pytest.fixture
def bob(guild):
    guild.role("Moderator", Permission.MANAGE_GUILD)
    return guild.member("bob", roles=["Moderator"])


async def test_bob_adds_one_sees_it_runs_it_and_removes_it(house, bob, eventually):
    assert "Nothing is scheduled" in await ask(bob, "/schedule list")
    said = await ask(bob, "/schedule add", **NIGHTLY, zone="Europe/Berlin")
    assert "every day at 03:00, Europe/Berlin" in said
    assert re.search(r"It runs <t:\d+:R> for the first time", said)

    assert "is to run now" in await ask(bob, "/schedule run", schedule="nightly")

    async def went():
        return "went well <t:" in await ask(bob, "/schedule list")

    await eventually(went, True)
    [number] = await values(bob, "/schedule show", "schedule")
    shown = await ask(bob, "/schedule show", schedule=f"#{number}")
    assert f"**Nightly** `#{number}`" in shown
    assert "**What** Forget who was in voice long ago" in shown
    assert re.search(r"every day at 03:00, Europe/Berlin · next <t:\d+:R>", shown)
    assert "`days=7`" in shown
    assert re.search(r"\*\*Last runs\*\*\n- <t:\d+:f> went well after 0.\d s", shown)
    assert f"by {bob.mention}" in shown

    assert "is removed" in await ask(bob, "/schedule remove", schedule=number)
    assert "Nothing is scheduled" in await ask(bob, "/schedule list")


async def test_one_that_is_paused_says_so_until_it_is_resumed(house, bob):
    await ask(bob, "/schedule add", **NIGHTLY)
    await ask(bob, "/schedule pause", schedule="Nightly")
    assert "**paused**" in await ask(bob, "/schedule list")

    assert "It runs next <t:" in await ask(bob, "/schedule resume", schedule="Nightly")
    assert "paused" not in await ask(bob, "/schedule list")


async def test_charlie_is_not_offered_the_commands_and_refused_if_an_admin_lets_him(
    house, guild, alice, charlie, set_setting
):
    with pytest.raises(Exception, match="has no command /schedule list"):
        await charlie.runs("/schedule list")
    [command] = [each for each in house.core.world.commands_for(None) if each.name == "schedule"]
    command.definition["default_member_permissions"] = None
    await ask(alice, "/schedule add", **NIGHTLY)

    for name in ("list", "show", "run", "pause", "resume", "remove", "add", "zone"):
        options = {"list": {}, "add": NIGHTLY, "zone": {"zone": "Asia/Tokyo"}}
        given = options.get(name, {"schedule": "Nightly"})
        said = await ask(charlie, f"/schedule {name}", **given)
        assert "Manage Server" in said
    assert await offered(charlie, "/schedule run", "schedule") == []
    assert (await ask(alice, "/schedule list")).count("\n") == 1

    await set_setting("guilds.organisers", guild.role("crew").id, int(guild.id))
    olga = guild.member("olga", roles=["crew"])
    [number] = await values(olga, "/schedule pause", "schedule")
    assert "is paused" in await ask(olga, "/schedule pause", schedule=number)
    assert "for admins" in await ask(olga, "/schedule remove", schedule=number)


async def test_mallory_neither_sees_nor_is_offered_what_is_elsewhere(house, bob):
    await ask(bob, "/schedule add", **NIGHTLY)
    [number] = await values(bob, "/schedule run", "schedule")
    mallory = house.guild("Elsewhere").member("mallory", owner=True)

    assert "Nothing is scheduled" in await ask(mallory, "/schedule list")
    assert await offered(mallory, "/schedule run", "schedule") == []
    for which in (number, "Nightly", "backup"):
        said = await ask(mallory, "/schedule remove", schedule=which)
        assert f"There is no schedule `{which}`" in said
    assert "Nightly" in await ask(bob, "/schedule list")


WRONG = (
    ({"when": "soon"}, "Write `every 6 h`, `every day at 20:00`"),
    ({"when": "every 5 s"}, "at least 30 s"),
    ({"when": "0 0 30 2 *"}, "no cron expression"),
    ({"when": "1999-01-01 20:00"}, "That moment has passed"),
    ({"zone": "Europe/Berln"}, "Did you mean `Europe/Berlin`?"),
    ({"task": "upkeep.back_up"}, "There is no task `upkeep.back_up`"),
    ({"task": "rooms.close"}, "There is no task `rooms.close`"),
    ({"config": "days=0"}, "`days` does not fit"),
    ({"config": "day=7"}, "the nearest is days"),
    ({"config": "7"}, "Write `key=value` words, such as `days=…`"),
    ({"task": "rooms.reconcile"}, "this task takes no config"),
)


async def test_what_cannot_be_is_refused_with_what_to_write_instead(house, bob):
    for wrong, words in WRONG:
        assert words in await ask(bob, "/schedule add", **(NIGHTLY | wrong))

    assert "Nothing is scheduled" in await ask(bob, "/schedule list")


async def test_two_of_one_name_are_told_apart_by_their_numbers(house, bob):
    await ask(bob, "/schedule add", **NIGHTLY)
    await ask(bob, "/schedule add", **NIGHTLY)

    numbers = await values(bob, "/schedule pause", "schedule", "nig")
    assert len(numbers) == 2
    assert f"`{', '.join(numbers)}`" in await ask(bob, "/schedule pause", schedule="nightly")
    await ask(bob, "/schedule remove", schedule=numbers[0])
    assert "is paused" in await ask(bob, "/schedule pause", schedule="nightly")


async def test_the_server_s_own_zone_counts_where_none_is_said(house, bob):
    assert "**UTC**" in await ask(bob, "/schedule zone")
    assert "the nearest is Asia/Tokyo" in await ask(bob, "/schedule zone", zone="Asia/Tokio")
    await ask(bob, "/schedule zone", zone="Asia/Tokyo")

    said = await ask(bob, "/schedule add", **NIGHTLY)
    assert "every day at 03:00, Asia/Tokyo" in said


async def test_a_long_list_ends_with_how_many_more_there_are(house, bob):
    for _ in range(25):
        await ask(bob, "/schedule add", **(NIGHTLY | {"name": "`*_" + "x" * 97}))
    said = await ask(bob, "/schedule list")

    shown = said.count("every day")
    assert 0 < shown < 25
    assert said.endswith(f"… and {25 - shown} more")
    assert len(await offered(bob, "/schedule show", "schedule")) == 25


async def test_what_is_typed_is_completed(house, bob):
    add = "/schedule add"
    assert await offered(bob, add, "task", "voice") == [
        ("Forget who was in voice long ago", "presence.forget_stays")
    ]
    assert await offered(bob, add, "when", "6", zone="Asia/Tokyo") == [
        ("every 6 h", "every 6 h"),
        ("every 6 min", "every 6 min"),
        ("every day at 06:00, Asia/Tokyo", "daily at 6:00"),
    ]
    assert await offered(bob, add, "when", "0 20 * * 5") == [
        ("on Fridays at 20:00, UTC", "0 20 * * 5")
    ]
    assert ("every day at 20:00, UTC", "every day at 20:00") in await offered(bob, add, "when")
    assert (await values(bob, add, "zone", "berl"))[0] == "Europe/Berlin"
    assert (await values(bob, add, "zone"))[0] == "UTC"
    task = "Forget who was in voice long ago"
    assert await values(bob, add, "config", "da", task=task) == ["days=30"]
    assert await values(bob, add, "config", "days=7", task=task) == ["days=7"]
