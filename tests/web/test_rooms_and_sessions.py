"""How rooms and sessions work is changed on pages, and counts at once."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import select

from rallypoint.app import catalogue
from rallypoint.features.boards.web import lobbies as of_lobby
from rallypoint.features.boards.web import rooms as of_guild
from rallypoint.features.guilds import api as guilds
from rallypoint.features.rooms.model import Room, RoomSettings
from rallypoint.kernel.ids import GuildId

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def at(guild):
    return lambda *parts: "/".join(["/servers", guild.id, *parts])


@pytest.fixture
def lines_of(audit_log, guild):
    """What is known of changed settings: the key, and what it is now."""

    async def read():
        found = await audit_log(GuildId(int(guild.id)))
        return [
            (each.subject, each.after and each.after["value"])
            for each in found
            if each.action.startswith("guilds.setting")
        ]

    return read


async def ask(who, command, **options):
    done = await who.runs(command, **options)
    return (await done.answered(timeout=20)).text


async def test_each_lobby_gives_rooms_as_it_says_and_else_as_the_server_does(
    house, guild, alice, charlie, in_, at, lines_of
):
    duo, squad = guild.add_channel("Duo", "voice"), guild.add_channel("Squad", "voice")
    asks = await in_(alice)
    await asks.send(at("rooms"), **{"rooms.template": "{user} #{n}", "rooms.empty_after": "1h"})
    for each in (duo, squad):
        added = await asks.send(at("rooms", "lobbies"), channel=each.id)
        assert added.headers["location"] == at("rooms", "lobbies", each.id)
    own = {"rooms.template": "{user} and one more", "rooms.user_limit": "2", "rooms.panel": "true"}
    await asks.send(at("rooms", "lobbies", duo.id), **own)

    await charlie.joins("Duo")
    await house.until(lambda: charlie.voice_channel == "charlie and one more")
    assert guild.channel("charlie and one more").entity.user_limit == 2
    await charlie.joins("Squad")
    await house.until(lambda: charlie.voice_channel == "charlie #1")
    assert guild.channel("charlie #1").entity.user_limit == 0

    page = (await asks.get(at("rooms"))).text
    assert "2 settings of its own" in page
    assert "as the server" in page
    free = page.partition('<select id="channel"')[2].partition("</select>")[0]
    assert re.findall(r'value="(\d+)"', free) == [guild.channel("Lobby").id]
    await asks.send(at("rooms", "lobbies", duo.id, "reset", "rooms.user_limit"))
    await asks.send(at("rooms", "reset", "rooms.empty_after"))
    page = (await asks.get(at("rooms"))).text
    assert "1 setting of its own" in page
    assert 'value="5 min"' in page
    taken = await asks.send(at("rooms", "lobbies", duo.id, "remove"))
    assert taken.status_code == 303
    assert (await asks.get(at("rooms", "lobbies", duo.id))).status_code == 404
    assert (await lines_of())[:4] == [
        ("rooms.template", None),
        ("rooms.lobbies", [int(squad.id)]),
        ("rooms.empty_after", None),
        ("rooms.user_limit", None),
    ]


async def test_a_time_that_is_changed_on_a_page_counts_for_rooms_that_are_open(
    house, guild, alice, olga, charlie, in_, at, sessions, eventually
):
    await ask(charlie, "/room public", name="Chess")
    await charlie.joins("Chess")
    await charlie.leaves()

    async def deadline():
        async with sessions() as session:
            return await session.scalar(select(Room.deadline_at).where(Room.name == "Chess"))

    async def is_emptying():
        return await deadline() is not None

    await eventually(is_emptying, True)
    before = await deadline()
    asks = await in_(alice)
    await asks.send(at("settings"), **{"rooms.empty_after": "20m"})

    async def moved():
        return (await deadline() - before).total_seconds() == 15 * 60

    await eventually(moved, True)
    wrong = await asks.send(at("rooms"), **{"rooms.empty_after": "soon", "rooms.most_open": "9"})
    assert wrong.status_code == 422
    assert "is not a duration" in wrong.text
    assert 'value="9"' in wrong.text
    looks = (await (await in_(olga)).get(at("rooms"))).text
    assert "20 min" in looks
    assert '<fieldset class="whole" disabled>' in looks


async def test_only_who_has_a_role_opens_rooms_where_the_server_says_so(
    house, guild, alice, bob, charlie, olga, in_, at
):
    await (await in_(alice)).send(at("rooms"), **{"rooms.may_open": guild.role("crew").id})

    assert "Only some roles open rooms" in await ask(charlie, "/room public", name="Chess")
    assert "is open" in await ask(olga, "/room public", name="Go")
    assert "is open" in await ask(alice, "/room public", name="Dice")


async def test_whoever_is_barred_is_let_again(house, guild, alice, olga, charlie, in_, at):
    await ask(alice, "/room bar", member="charlie")
    organiser = await in_(olga)
    assert "charlie" in (await organiser.get(at("rooms"))).text
    await organiser.send(at("rooms", "bars", charlie.id, "lift"))

    assert "is open" in await ask(charlie, "/room public", name="Chess")


async def test_lanes_are_changed_while_people_wait_in_them(
    oscar, house, guild, alice, charlie, olga, in_, at, eventually, set_setting
):
    asks, looks = await in_(oscar), await in_(olga)
    lanes = "/program/lanes"
    added = await asks.send(lanes, name="gpu", capacity="1")
    assert added.status_code == 303
    assert (await asks.send(lanes, name="gpu", capacity="1")).status_code == 409
    assert (await asks.send(lanes, name="G P U", capacity="0")).status_code == 422
    assert "`gpu` — 0 of 1 taken" in await ask(alice, "/session status")
    offered = await alice.completes("/session start", "lane", "")
    assert [each["name"] for each in offered] == ["default", "gpu"]

    await alice.runs("/session start", lane="gpu")
    waits = await charlie.runs("/session start", lane="gpu")
    await house.until(lambda: guild.has_channel("Voice-alice"))

    async def shown():
        page = (await looks.get(at("sessions"))).text
        return [words in page for words in ("awaited: closes", "number 1 in the queue")]

    await eventually(shown, [True, True])
    await asks.send(f"{lanes}/gpu/remove")
    await house.until(lambda: waits.reply and "no longer there" in waits.reply.text)

    await set_setting("lanes.capacities", "default:1, cpu:3")

    async def told():
        return "cpu — 0 of 3 taken" in (await ask(charlie, "/session status")).replace("`", "")

    await eventually(told, True)
    await asks.send(f"{lanes}/reset")
    assert "cpu" not in await ask(charlie, "/session status")
    await asks.send(lanes, name="cpu", capacity="3")
    assert await told()
    await asks.send("/program/settings/reset/lanes.capacities")
    await eventually(told, False)
    assert "from the environment" in (await asks.get(lanes)).text
    assert (await asks.send(f"{lanes}/cpu", capacity="3")).status_code == 404
    assert (await asks.send(f"{lanes}/default/remove")).status_code == 422
    assert not await told()


async def test_people_read_times_in_their_own_zone(house, guild, alice, in_, at):
    asks = await in_(alice)
    assert "data-zone" not in (await asks.get("/me")).text.partition(">")[0]
    assert (await asks.send("/me/zone", zone="Europe/Nowhere")).status_code == 422
    await asks.send("/me/zone", zone="Asia/Tokyo")

    assert 'data-zone="Asia/Tokyo"' in (await asks.get(at("rooms"))).text
    assert json.loads((await asks.get("/me/export")).text)["accounts"]["zone"] == "Asia/Tokyo"
    await asks.send("/me/zone", zone="")
    assert "data-zone" not in (await asks.get("/servers")).text


async def test_each_setting_says_where_its_value_is_from_and_is_reset_where_it_is_set(
    house, guild, alice, in_, at, set_setting
):
    here, lobby = int(guild.id), guild.channel("Lobby").id
    await set_setting("rooms.lobbies", lobby, here)
    await set_setting("rooms.max_age", "20h")
    await set_setting("rooms.empty_after", "2m")
    await set_setting("rooms.empty_after", "3m", here)
    asks = await in_(alice)
    await asks.send(at("rooms", "lobbies", lobby), **{"rooms.user_limit": "4"})
    of_lobby, of_guild = [
        origins((await asks.get(at("rooms", *more))).text) for more in (("lobbies", lobby), ())
    ]

    assert [of_lobby[each] for each in ("user_limit", "empty_after", "max_age", "idle_after")] == [
        ("set here", True),
        ("from the server", False),
        ("from the program", False),
        ("default", False),
    ]
    assert [of_guild[each] for each in ("user_limit", "empty_after", "max_age")] == [
        ("default", False),
        ("set here", True),
        ("from the program", False),
    ]


async def test_for_the_whole_program_nothing_is_offered_that_names_a_thing_of_one_server(
    oscar, house, guild, in_, set_setting
):
    """Unless it is set so already: then it can be reset."""
    asks, lobby = await in_(oscar), guild.channel("Lobby").id
    before = origins((await asks.get("/program/settings")).text)
    await set_setting("rooms.log_channel", lobby)
    after = origins((await asks.get("/program/settings")).text)

    assert after.keys() - before.keys() == {"log_channel"}
    assert after["log_channel"] == ("set here", True)
    assert {"category", "overflow", "lobbies"} & before.keys() == set()


def origins(page):
    """By setting of rooms: what its badge says, and whether it can be reset."""
    found = {}
    for field in page.split('<div class="field')[1:]:
        name = re.search(r'id="rooms-([a-z_]+)"', field)
        said = re.search(r'class="from">\s*<span class="badge[^>]*>([^<]+)<', field)
        if name and said:
            found[name[1]] = (said[1], f"/reset/rooms.{name[1]}" in field)
    return found


def test_every_setting_of_rooms_is_on_a_page(database_url):
    shown = {key for topic in of_guild.TOPICS for key in topic.keys}
    known = {f"rooms.{name}" for name in RoomSettings.model_fields}
    of_lobbies = {key for topic in of_lobby.TOPICS for key in topic.keys}

    assert known - shown == {"rooms.lobbies", "rooms.closed_days"}
    assert of_lobbies == set(guilds.keys_at(catalogue.setting_models(), "channel"))
