"""Whose application the bot is."""

from __future__ import annotations

import pytest


@pytest.fixture
def ask(api):
    async def ask():
        answer = await api("GET", "/oauth2/applications/@me")
        assert answer.status == 200
        return answer.body

    return ask


async def test_it_belongs_to_a_person_unless_it_is_said_otherwise(alice, ask):
    told = await ask()

    assert "bot" not in told["owner"]
    assert told["team"] is None


async def test_it_is_given_to_somebody_else(fake, alice, bob, ask):
    fake.owned_by(bob)

    assert (await ask())["owner"]["id"] == bob.id


async def test_a_team_is_told_with_its_members_and_a_user_that_stands_for_it(fake, guild, ask):
    alice, bob, dana = (guild.member(name) for name in ("alice", "bob", "dana"))
    fake.owned_by_team(alice, {bob: "read_only", dana: "developer"}, invited=[dana])

    told = await ask()
    members = {
        each["user"]["username"]: (each["role"], each["membership_state"])
        for each in told["team"]["members"]
    }
    assert told["owner"]["username"].startswith("team")
    assert told["team"]["owner_user_id"] == alice.id
    assert members == {"alice": ("admin", 2), "bob": ("read_only", 2), "dana": ("developer", 1)}


async def test_the_owner_outlives_an_export(fake, alice, bob, ask):
    fake.owned_by_team(bob, {alice: "admin"})
    fake.restore(fake.export())

    assert (await ask())["team"]["owner_user_id"] == bob.id
