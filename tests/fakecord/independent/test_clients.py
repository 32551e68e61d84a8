"""discord.js and hikari, unmodified: what they ask for is here, and what they are told they understand."""

from __future__ import annotations

import asyncio

import pytest

from fakecord import Permission, Rate
from tests.fakecord.independent.client import Failed, running


@pytest.fixture(
    params=[
        pytest.param("discord.js", marks=pytest.mark.discord_js),
        pytest.param("hikari", marks=pytest.mark.clients),
    ]
)
async def client(request, fake, guild, alice):
    async with running(request.param, fake) as client:
        yield client
    assert fake.unknown_routes == []


async def test_a_command_is_completed_deferred_answered_clicked_and_asked_for_a_reason(
    fake, guild, alice, bob, client
):
    registered = await client.does("register", guild=guild.id)
    offered = await alice.completes("/greet", "name", "w")
    greeted = await alice.runs("/greet", name="world")
    await fake.until(lambda: greeted.follow_ups)
    clicked = await alice.clicks("Again")
    submitted = await alice.submits(clicked, why="why not")
    reply = await submitted.answered()

    assert registered == ["greet"]
    assert offered == [{"name": "The world", "value": "world"}]
    assert greeted.reply.text == "bot (only alice sees this): hello world"
    assert reply.text == "bot: because why not"
    assert "hello" not in bob.reads("general")


async def test_a_channel_opens_is_limited_and_is_refused(fake, guild, alice, bob, client):
    made = await client.does("open", guild=guild.id, name="x", user=alice.id)
    room = guild.channel(made["id"])
    locked = await client.does("lock", channel=room.id, user=bob.id)
    rights = {each.id: (each.allow, each.deny) for each in room.entity.overwrites}
    fake.limits.renames = Rate(1, 0.05)
    fake.clock.freeze()
    first = await client.does("rename", channel=room.id, name="y")
    second = asyncio.create_task(client.does("rename", channel=room.id, name="z"))
    await fake.until(lambda: 429 in statuses(fake))
    fake.clock.thaw()
    names = [first, await second]
    guild.bot_may(Permission.VIEW_CHANNEL)
    with pytest.raises(Failed) as refused:
        await client.does("open", guild=guild.id, name="no", user=alice.id)

    assert (made["overwrites"], made["limit"]) == (2, 3)
    assert locked == room.id
    assert rights == {
        guild.id: (0, Permission.CONNECT),
        alice.id: (Permission.CONNECT, 0),
        bob.id: (0, Permission.CONNECT),
    }
    assert fake.requests.matching("POST", "/guilds/{guild_id}/channels")[0].reason == "für alice"
    assert (names, set(statuses(fake)[1:-1])) == (["y", "z"], {429})
    assert (statuses(fake)[0], statuses(fake)[-1]) == (200, 200)
    assert (refused.value.status, refused.value.code) == (403, 50013)
    assert (room.name, guild.has_channel("no")) == ("z", False)


def statuses(fake):
    return [each.status for each in fake.requests.matching("PATCH", "/channels/{channel_id}")]


async def test_people_come_and_go_are_thrown_out_and_what_was_missed_is_replayed(
    fake, guild, alice, bob, client
):
    lobby, den = guild.channel("Lobby"), guild.add_channel("Den", "voice")
    heard = []

    async def hears(deed):
        await deed
        line = await client.hears("voice")
        heard.append((line["user"], line["before"], line["after"]))

    await hears(alice.joins("Lobby"))
    await hears(alice.joins("Den"))
    await hears(client.does("throw_out", guild=guild.id, user=alice.id))
    seated = den.occupants
    await fake.gateway.drop(4000)
    await hears(bob.joins("Lobby"))
    await client.hears("resumed")
    await hears(bob.leaves())

    assert heard == [
        (alice.id, None, lobby.id),
        (alice.id, lobby.id, den.id),
        (alice.id, den.id, None),
        (bob.id, None, lobby.id),
        (bob.id, lobby.id, None),
    ]
    assert (seated, fake.gateway.identifies, fake.gateway.resumes) == ([], 1, 1)


async def test_everything_a_bot_looks_at_can_be_read(fake, guild, alice, client):
    general, lobby = guild.channel("general"), guild.channel("Lobby")
    seen = await client.does(
        "look", guild=guild.id, channel=general.id, voice=lobby.id, user=alice.id
    )
    gone = await client.does("remove", channel=lobby.id)

    assert seen == {
        "roles": 3,
        "channels": 4,
        "members": 2,
        "threads": 1,
        "events": 1,
        "history": 3,
        "pins": 1,
        "reactors": 1,
        "hooks": 1,
        "audit": 3,
        "bans": 0,
        "invites": 0,
        "direct": "psst",
        "application": fake.application_id,
    }
    assert alice.reads_direct() == "bot: psst"
    assert (gone, lobby.exists, guild.events) == (lobby.id, False, [])
