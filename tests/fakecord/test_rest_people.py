"""What people do to messages, threads and events, by the control door and by themselves."""

from __future__ import annotations

import pytest

from fakecord import PeopleError, Permission


async def test_people_act_from_outside(fake, guild, alice, bob, door):
    said = (await door("POST", "/members/alice/type", {"text": "tea?"})).body
    reaction = {"emoji": "🍵", "message": said["id"]}
    done = [await door("POST", "/members/bob/react", reaction)]
    started = {"name": "Tea", "message": said["id"]}
    thread = (await door("POST", "/members/bob/start-thread", started)).body
    done += [await door("POST", "/members/alice/join-thread", {"thread": "Tea"})]
    guild.plans_event("Raid", channel="Lobby")
    done += [await door("POST", "/members/bob/interest", {"event": "Raid"})]
    direct = (await door("POST", "/members/bob/direct-messages", {"text": "psst"})).body

    assert [each.status for each in done] == [204] * 3
    assert thread == {"id": said["id"], "name": "Tea", "members": ["bob"]}
    assert guild.channel("Tea").members == ["bob", "alice"]
    assert alice.reads("general") == "alice: tea?\n  🍵 1"
    assert [each.interested for each in guild.events] == [(bob.id,)]
    assert (direct["text"], bob.reads_direct()) == ("bob: psst", "bob: psst")


async def test_what_is_taken_back_is_gone(guild, alice, bob, door):
    said = (await door("POST", "/members/alice/type", {"text": "tea?"})).body
    guild.plans_event("Raid", channel="Lobby")
    await alice.starts_thread("Tea")
    for on in (True, False):
        body = {"emoji": "🍵", "message": said["id"], "on": on}
        await door("POST", "/members/bob/react", body)
        await door("POST", "/members/bob/join-thread", {"thread": "Tea", "on": on})
        await door("POST", "/members/bob/interest", {"event": "Raid", "on": on})

    assert "🍵" not in alice.reads("general")
    assert guild.channel("Tea").members == ["alice"]
    assert guild.events[0].interested == ()


async def test_a_thread_from_no_message_is_a_404(guild, alice, door):
    body = {"name": "x", "message": "1"}

    assert (await door("POST", "/members/alice/start-thread", body)).code == "no_such_message"


async def test_people_ask_for_permission_too(guild, alice, bob):
    said = await alice.types("tea?")
    guild.plans_event("Raid", channel="Lobby")
    await guild.channel("Lobby").overwrite("@everyone", deny=Permission.VIEW_CHANNEL)
    guild.everyone_may(Permission.VIEW_CHANNEL)

    with pytest.raises(PeopleError, match="react"):
        await bob.reacts("🍵", said)
    with pytest.raises(PeopleError, match="start threads"):
        await bob.starts_thread("x", channel="general")
    with pytest.raises(PeopleError, match="see"):
        await bob.is_interested("Raid")
    with pytest.raises(PeopleError, match="not a thread"):
        await bob.joins_thread("general")
    with pytest.raises(PeopleError, match="no event"):
        await bob.is_interested("Picnic")


async def test_a_message_has_one_thread(guild, alice, bob):
    said = await alice.types("tea?")
    await bob.starts_thread("Tea", said)

    with pytest.raises(PeopleError, match="already"):
        await alice.starts_thread("Tea again", said)


async def test_an_application_tells_of_itself(fake, guild, alice, api):
    body = {"description": "makes tea", "tags": ["tea"], "custom_install_url": "https://x.test/"}
    changed = (await api("PATCH", "/applications/@me", body)).body
    unknown = await api("PATCH", "/applications/@me", {"name": "y"})
    again = (await api("GET", "/oauth2/applications/@me")).body

    assert (again["description"], again["tags"]) == ("makes tea", ["tea"])
    assert changed["custom_install_url"] == "https://x.test/"
    assert unknown.code == 50035


async def test_a_command_is_made_changed_and_deleted_alone(fake, guild, alice, api):
    path = f"/applications/{fake.application_id}/commands"
    made = (await api("POST", path, {"name": "ping", "description": "x"})).body
    one = f"{path}/{made['id']}"
    edited = (await api("PATCH", one, {"name": "pong"})).body
    found = (await api("GET", one)).body
    offered = alice.commands()
    deleted = await api("DELETE", one)

    assert (edited["id"], edited["name"], found["description"]) == (made["id"], "pong", "x")
    assert offered == ["/pong"]
    assert deleted.status == 204
    assert (await api("GET", one)).code == 10063


async def test_the_audit_log_brings_along_what_it_speaks_of(guild, alice, bob, api):
    general = f"/channels/{guild.channel('general').id}"
    hook = (await api("POST", general + "/webhooks", {"name": "h"})).body
    thread = (await api("POST", general + "/threads", {"name": "t", "type": 11})).body
    event = guild.plans_event("Raid", channel="Lobby")
    await api("PUT", f"/guilds/{guild.id}/bans/{bob.id}", {})
    log = (await api("GET", f"/guilds/{guild.id}/audit-logs")).body

    assert [each["id"] for each in log["webhooks"]] == [hook["id"]]
    assert [each["id"] for each in log["threads"]] == [thread["id"]]
    assert [each["id"] for each in log["guild_scheduled_events"]] == [event.id]
    assert bob.id in [each["id"] for each in log["users"]]
