"""The control door to channels, roles and members in the hands of people, and to their rights."""

from __future__ import annotations

import pytest

from fakecord.permissions import Permission


def right(answer, name):
    found = next(each for each in answer.body["rights"] if each["name"] == name)
    return found["allowed"], found["because"]


async def test_alice_builds_and_tears_down_what_bob_may_not(guild, alice, bob, door):
    made = await door("POST", "/members/alice/create-channel", {"name": "den", "type": "voice"})
    changed = {"channel": "den", "name": "cave", "user_limit": 3}
    await door("POST", "/members/alice/edit-channel", changed)
    refused = [
        await door("POST", "/members/bob/create-channel", {"name": "x"}),
        await door("POST", "/members/bob/edit-channel", {"channel": "cave", "name": "x"}),
        await door("POST", "/members/bob/delete-channel", {"channel": "cave"}),
        await door("POST", "/members/bob/create-role", {"name": "x"}),
        await door("POST", "/members/bob/delete-role", {"role": "@everyone"}),
        await door("POST", "/members/bob/give-role", {"role": "@everyone", "to": "bob"}),
        await door("POST", "/members/bob/time-out", {"who": "alice", "seconds": 60}),
    ]
    cave = guild.channel("cave").entity
    gone = await door("POST", "/members/alice/delete-channel", {"channel": "cave"})

    assert (made.body["type"], cave.user_limit, gone.status) == (2, 3, 204)
    assert [(each.status, each.code) for each in refused] == [(409, "people_cannot")] * 7
    assert "MANAGE_CHANNELS" in refused[0].body["error"]["message"]
    assert not guild.has_channel("cave")


async def test_a_moderator_gives_no_more_than_they_have(guild, alice, bob, door):
    role = guild.role("keeper", Permission.MANAGE_ROLES | Permission.KICK_MEMBERS)
    await alice.manages.gives_role(role.id, bob.id)
    kick, ban = str(int(Permission.KICK_MEMBERS)), str(int(Permission.BAN_MEMBERS))

    too_much = await door("POST", "/members/bob/create-role", {"name": "x", "permissions": ban})
    made = await door("POST", "/members/bob/create-role", {"name": "y", "permissions": kick})
    given = await door("POST", "/members/bob/give-role", {"role": "y", "to": "alice"})
    above = await door("POST", "/members/bob/delete-role", {"role": "keeper"})
    gone = await door("POST", "/members/bob/delete-role", {"role": "y"})

    assert "BAN_MEMBERS" in too_much.body["error"]["message"]
    assert (made.status, given.status, above.code, gone.status) == (200, 204, "people_cannot", 204)
    assert alice.entity.roles == ()


async def test_a_timeout_is_given_seen_and_ended(fake, guild, alice, bob, door):
    owner = await door("POST", "/members/alice/time-out", {"who": "alice", "seconds": 60})
    await door("POST", "/members/alice/time-out", {"who": "bob", "seconds": 60})
    muted = await door("GET", "/members/bob/rights?channel=general")
    await door("POST", "/members/alice/time-out", {"who": "bob", "seconds": 0})
    free = await door("GET", "/members/bob/rights?channel=general")

    assert owner.code == "people_cannot"
    assert right(muted, "SEND_MESSAGES") == (False, "the timeout denies it")
    assert right(muted, "VIEW_CHANNEL") == (True, "@everyone allows it")
    assert right(free, "SEND_MESSAGES") == (True, "@everyone allows it")


async def test_the_owner_and_the_whole_server_are_explained(guild, alice, bob, door):
    owner = await door("GET", "/members/alice/rights")
    unknown = await door("GET", "/members/alice/rights?channel=nowhere")

    assert owner.body["channel_id"] is None
    assert right(owner, "BAN_MEMBERS") == (True, "the owner of the server allows it")
    assert unknown.code == "people_cannot"


@pytest.mark.parametrize("verb", ["create-channel", "create-role"])
async def test_a_name_must_be_one(guild, alice, door, verb):
    assert (await door("POST", f"/members/alice/{verb}", {"name": ""})).code == "bad_body"


async def test_threads_are_channels_that_can_be_read(guild, alice, bob, door):
    await door("POST", "/members/alice/start-thread", {"name": "aside", "channel": "general"})
    await door("POST", "/members/alice/type", {"text": "psst", "channel": "aside"})
    seen = {each["name"]: each for each in (await door("GET", "/members/bob/channels")).body}
    told = (await door("GET", "/members/bob/messages?channel=aside")).body

    assert seen["aside"]["parent_id"] == guild.channel("general").id
    assert (seen["aside"]["joined"], seen["aside"]["archived"]) == (False, False)
    assert [each["content"] for each in told] == ["psst"]


async def test_reactions_are_read_and_direct_messages_refused(fake, guild, alice, door, api):
    said = (await door("POST", "/members/alice/type", {"text": "hi"})).body
    await door("POST", "/members/alice/react", {"message": said["id"], "emoji": "👍"})
    await door("POST", "/members/alice/take-direct-messages", {"on": False})
    direct = (await api("POST", "/users/@me/channels", {"recipient_id": alice.id})).body
    refused = await api("POST", f"/channels/{direct['id']}/messages", {"content": "x"})

    told = (await door("GET", "/members/alice/messages")).body
    assert told[0]["reactions"] == [{"emoji": "👍", "user_ids": [alice.id]}]
    assert refused.code == 50007
