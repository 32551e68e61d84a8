"""`/notify conditions` and `/notify simulate`, as people type them."""

from __future__ import annotations

import pytest

from tests.deliveries.test_notify import ask, bob, house_rules, values

__all__ = ["bob", "house_rules"]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def number(house, guild, bob, receiver):
    guild.channel("Lobby")
    to = f"{receiver.url}/in"
    await ask(bob, "/notify add", events="presence.joined", by="webhook.post", to=to, name="Hook")
    [number] = await values(bob, "/notify show", "which")
    return number


async def test_bob_is_told_of_the_first_in_only_and_sees_what_more_would_be_sent(
    number, house, bob, charlie, alice, receiver, eventually
):
    assert "whatever else" in await ask(bob, "/notify conditions", which=number)
    said = await ask(bob, "/notify conditions", which=number, first_joiner=True)
    assert "`first_joiner` `true`" in said

    async def arrived():
        return [got.json["data"]["user_id"] for got in receiver.got]

    await charlie.joins("Lobby")
    await alice.joins("Lobby")
    await charlie.leaves()
    await alice.leaves()
    await alice.joins("Lobby")
    await eventually(arrived, [charlie.id, alice.id])
    tried = await ask(bob, "/notify simulate", which=number)
    assert "would have sent 2" in tried
    assert "1 not, for want of `first_joiner`" in tried
    assert "**Only if**" in await ask(bob, "/notify show", which=number)
    assert "whatever else" in await ask(bob, "/notify conditions", which=number, clear=True)
    assert "would have sent 3" in await ask(bob, "/notify simulate", which=number)


async def test_what_is_wrong_is_said_in_words(number, house, bob):
    said = await ask(bob, "/notify conditions", which=number, at_least=1)
    assert "2 to 99 members" in said
    said = await ask(bob, "/notify conditions", which=number, for_seconds=5)
    assert "2 to 99 members" in said
    said = await ask(bob, "/notify conditions", which=number, quiet="ten to seven")
    assert "22:00" in said
    said = await ask(bob, "/notify conditions", which=number, at_least=2, first_joiner=True)
    assert "do not go together" in said
    assert "Europe/Berlin" in await values(bob, "/notify conditions", "zone", "berlin")


async def test_all_conditions_can_be_set_at_once(number, house, bob, guild):
    said = await ask(
        bob,
        "/notify conditions",
        which=number,
        at_least=3,
        for_seconds=60,
        members="people",
        role="Moderator",
        quiet="22:00 - 07:00",
        zone="Europe/Berlin",
        near_start=30,
        most_per_hour=10,
    )

    for words in ("at_least 3, for_seconds 60", "start 22:00, end 07:00", "within_minutes 30"):
        assert words in said
