"""The control door to OAuth2 and voice: for a test in another language."""

from __future__ import annotations

import discord
import pytest

from fakecord import Fakecord
from tests.fakecord import bots
from tests.fakecord.clients import Api

HOME = "https://club.example/callback"


async def test_the_application_is_set_up_and_people_answer_its_links(fake, guild, alice, door, api):
    before = (await door("GET", "/application")).body
    after = (await door("PATCH", "/application", {"redirect_uris": [HOME], "shards": 2})).body
    url = f"{fake.url}/oauth2/authorize?client_id={after['client_id']}&response_type=code&scope=identify"
    allowed = (await door("POST", "/members/alice/authorize", {"url": url})).body
    denied = (await door("POST", "/members/alice/authorize", {"url": url, "allow": False})).body
    wrong = await door("POST", "/members/alice/authorize", {"url": url.replace("client_id=", "x=")})

    assert before["redirect_uris"] == []
    assert after["client_secret"] == fake.client_secret
    assert allowed["location"].startswith(f"{HOME}?code=")
    assert denied["location"].startswith(f"{HOME}?error=access_denied")
    assert (wrong.status, wrong.code) == (409, "people_cannot")
    assert (await api("GET", "/gateway/bot")).body["shards"] == 2


async def test_voice_is_looked_at_and_disturbed(http):
    async with Fakecord(tls=True) as fake:
        guild = fake.guild("Demo")
        client = bots.make(fake, secure=True)
        door = Api(http, f"{fake.url}/_control", {})
        await door("POST", "/voice", {"action": "dave", "on": False})
        async with bots.connected(fake, client):
            voice: discord.VoiceClient = (
                await client.guilds[0].voice_channels[0].connect(timeout=10)
            )
            shown = (await door("GET", "/voice")).body
            await door("POST", "/voice", {"action": "close", "code": 4014})
            await fake.until(lambda: not fake.voice.sessions)
            await voice.disconnect(force=True)

    assert shown["requires_dave"] is False
    assert [each["channel_id"] for each in shown["sessions"]] == [guild.channel("Lobby").id]
    assert shown["sessions"][0]["connected"] is True


@pytest.mark.parametrize(
    ("action", "shown"), [("silent", "silent"), ("dave", "requires_dave")], ids=["silence", "DAVE"]
)
async def test_a_flag_of_voice_is_set_and_taken_back(door, action, shown):
    states = [
        (await door("POST", "/voice", {"action": action, "on": on})).body[shown]
        for on in (True, False)
    ]

    assert states == [True, False]
