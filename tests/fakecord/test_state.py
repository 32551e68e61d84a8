"""The world goes out as JSON and comes back the same."""

from __future__ import annotations

import json

import pytest

from fakecord import Fakecord, Permission
from fakecord.state import StateError

TOLD = ("version", "now")


async def scene(fake, guild, alice, bob, api):
    guild.role("mods", Permission.KICK_MEMBERS)
    await guild.channel("Lobby").overwrite("mods", allow=Permission.CONNECT)
    await bob.joins("Lobby")
    await alice.types("hello")
    path = f"/applications/{fake.application_id}/commands"
    await api("PUT", path, [{"name": "ping", "description": "d"}])
    await alice.runs("/ping")
    dm = (await api("POST", "/users/@me/channels", {"recipient_id": bob.id})).body
    await api("POST", f"/channels/{dm['id']}/messages", {"content": "psst"})


async def test_an_exported_world_is_restored_elsewhere(fake, guild, alice, bob, api):
    await scene(fake, guild, alice, bob, api)
    exported = json.loads(json.dumps(fake.export()))
    other = Fakecord()
    other.restore(exported)
    again = other.export()
    there = other.guild("Demo")

    assert without_told(again) == without_told(exported)
    assert there.channel("Lobby").occupants == ["bob"]
    assert there.member("bob").reads_direct() == "bot: psst"
    assert there.member("alice").commands() == ["/ping"]
    assert there.channel("general").transcript() == "alice: hello"


async def test_new_ids_after_a_restore_are_new(fake, guild, alice):
    exported = fake.export()
    other = Fakecord()
    other.clock.freeze(fake.clock.now())
    other.restore(exported)
    carol = other.guild("Demo").member("carol")

    assert carol.id not in {each["id"] for each in exported["users"]}


async def test_the_same_clock_gives_the_same_ids():
    worlds = []
    for _ in range(2):
        fake = Fakecord()
        fake.clock.freeze(1_800_000_000.0)
        guild = fake.guild("Demo")
        await guild.member("alice", owner=True).joins("Lobby")
        worlds.append(fake.export())

    assert worlds[0] == worlds[1]


@pytest.mark.parametrize(
    "exported", [{}, {"format": 1}, {"guilds": 3}], ids=["empty", "bare", "wrong"]
)
async def test_what_is_no_world_is_refused_and_changes_nothing(fake, guild, exported):
    with pytest.raises(StateError, match="no exported world"):
        fake.restore(exported)
    assert guild.has_channel("Lobby")


async def test_a_newer_format_is_refused(fake, guild):
    with pytest.raises(StateError, match="format 2"):
        fake.restore(fake.export() | {"format": 2})


def without_told(exported):
    return {key: value for key, value in exported.items() if key not in TOLD}
