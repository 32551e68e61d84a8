"""`/notify`, through Discord: as people type it, and as it is answered; and what arrives."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

import pytest

from rallypoint.kernel.people import Permission

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def ask(member, command, **options):
    done = await member.runs(command, **options)
    reply = await done.answered(timeout=20)
    assert reply is not None
    assert reply.ephemeral
    assert len(reply.text) <= 2000
    return reply.text


async def values(member, command, option, text="", **given):
    return [each["value"] for each in await member.completes(command, option, text, **given)]


@pytest.fixture
def house_rules(receiver):
    url = urlsplit(receiver.url)
    return {"http_allowed": frozenset({(ip_address(url.hostname), url.port)})}


@pytest.fixture
def bob(guild):
    guild.role("Moderator", Permission.MANAGE_GUILD)
    return guild.member("bob", roles=["Moderator"])


async def test_bob_has_joins_sent_and_looks_after_it(
    house, guild, bob, charlie, receiver, eventually
):
    lobby = guild.channel("Lobby")
    guild.add_channel("Den", "voice")
    assert "Nothing is sent anywhere yet" in await ask(bob, "/notify list")
    assert "presence.*" in await values(bob, "/notify add", "events", "pres")
    said = await ask(
        bob,
        "/notify add",
        events="presence.joined, presence.left",
        by="webhook.post",
        to=f"{receiver.url}/in?token=hush",
        where="Lobby",
        name="Our hook",
    )
    assert re.search(r"`whsec_[\w+/=]{40,}`", said)
    [number] = await values(bob, "/notify show", "which")

    async def kinds():
        return [(got.json["kind"], got.json["subject"]) for got in receiver.got]

    await charlie.joins("Den")
    await charlie.joins("Lobby")
    await charlie.leaves()
    subject = f"channel:{lobby.id}"
    await eventually(kinds, [("presence.joined", subject), ("presence.left", subject)])
    shown = await ask(bob, "/notify show", which=number)
    assert "well, last sent <t:" in shown
    assert "hush" not in shown
    assert "whsec" not in shown

    assert "made-up `presence.joined`" in await ask(bob, "/notify test", which=number)
    await eventually(lambda: kinds_count(receiver), 3)
    assert receiver.got[-1].json["data"]["test"] is True

    async def logged():
        return (await ask(bob, "/notify log", which=number)).count("**delivered**: 200 in")

    await eventually(logged, 3)
    assert "3 are sent to **Our hook** again" in await ask(
        bob, "/notify replay", which=number, hours=1
    )
    house.clock.advance(1)
    await eventually(lambda: kinds_count(receiver), 6)
    ids = [got.json["id"] for got in receiver.got]
    assert sorted(ids[:3]) == sorted(ids[3:])

    assert "What comes is kept" in await ask(bob, "/notify pause", which=number)
    await charlie.joins("Lobby")
    assert "**paused**" in await ask(bob, "/notify list")
    assert "is sent to again" in await ask(bob, "/notify resume", which=number)
    await eventually(lambda: kinds_count(receiver), 7)
    assert "||`whsec_" in await ask(bob, "/notify secret", which=number)
    assert f"`#{number}` is removed" in await ask(bob, "/notify remove", which=number)
    assert "Nothing is sent anywhere yet" in await ask(bob, "/notify list")


async def kinds_count(receiver):
    return len(receiver.got)


async def test_what_does_not_fit_is_said_with_what_to_do(house, guild, bob, alice, charlie):
    wanted = {"events": "presence.*", "by": "webhook.post"}
    for options, words in [
        ({}, "Say where it goes"),
        ({"to": "http://10.0.0.1/"}, "https"),
        ({"to": "https://127.0.0.1/"}, "not on the public internet"),
        ({"to": "https://x.example:22/"}, "port 22"),
        ({"events": "presence.flown", "to": "https://x.example/"}, "There are no events"),
        ({"by": "webhook.get", "to": "https://x.example/{{ nobody }}"}, "no `nobody`"),
        ({"by": "discord", "to": "https://x.example/"}, "Discord webhook"),
    ]:
        said = await ask(bob, "/notify add", **(wanted | options))
        assert words in said, (options, said)
    assert "There is no subscription `7`" in await ask(bob, "/notify show", which="7")


async def test_alice_has_them_written_into_a_channel(house, guild, alice, charlie, eventually):
    guild.add_channel("board")
    await ask(
        alice,
        "/notify add",
        events="presence.joined",
        by="discord",
        to_channel="board",
        text="{{ data.user_id }} is here, @everyone",
    )
    await charlie.joins("Lobby")

    async def said():
        return [each.text.splitlines()[-1] for each in alice.messages("board")]

    await eventually(said, [f"  | {charlie.id} is here, @everyone"])


async def test_who_mutes_is_told_to_those_who_subscribe(
    house, guild, alice, charlie, receiver, eventually
):
    await charlie.joins("Lobby")
    await charlie.mutes()
    await ask(alice, "/notify add", events="presence.muted", by="webhook.post", to=receiver.url)
    await charlie.mutes(on=False)

    async def told():
        return [(got.json["kind"], got.json["data"]["on"]) for got in receiver.got]

    await eventually(told, [("presence.muted", False)])
