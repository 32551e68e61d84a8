"""What requests do when they are allowed."""

from __future__ import annotations

import aiohttp
import pytest

from fakecord import Permission, Rate
from fakecord.clock import iso


@pytest.fixture
def general(guild):
    return f"/channels/{guild.channel('general').id}/messages"


async def test_a_channel_without_overwrites_starts_as_its_category(guild, api):
    attic = guild.add_channel("attic", "category")
    await attic.overwrite("@everyone", deny=Permission.CONNECT)
    body = {"name": "x", "type": 2, "parent_id": attic.id}
    synced = await api("POST", f"/guilds/{guild.id}/channels", body)
    own = await api("POST", f"/guilds/{guild.id}/channels", body | {"permission_overwrites": []})

    assert [each["deny"] for each in synced.body["permission_overwrites"]] == [str(1 << 20)]
    assert own.body["permission_overwrites"] == []


async def test_text_channels_are_written_small(guild, api):
    answer = await api("POST", f"/guilds/{guild.id}/channels", {"name": "Hello World"})

    assert answer.body["name"] == "hello-world"


async def test_a_channel_is_edited_moved_and_deleted(guild, api):
    attic = guild.add_channel("attic", "category")
    lobby = f"/channels/{guild.channel('Lobby').id}"
    edited = await api(
        "PATCH", lobby, {"name": "Hall", "user_limit": 5, "parent_id": int(attic.id)}
    )
    body = [{"id": guild.channel("Hall").id, "position": 7}]
    moved = await api("PATCH", f"/guilds/{guild.id}/channels", body)
    placed = guild.channel("Hall").entity
    gone = await api("DELETE", lobby)

    assert (edited.body["name"], edited.body["user_limit"]) == ("Hall", 5)
    assert (moved.status, placed.position, placed.parent_id) == (204, 7, attic.id)
    assert (gone.status, gone.body["name"]) == (200, "Hall")
    assert (await api("GET", lobby)).code == 10003


async def test_deleting_a_category_keeps_its_channels(guild, api):
    parent = guild.channel("Lobby").entity.parent_id
    await api("DELETE", f"/channels/{parent}")

    assert guild.channel("Lobby").entity.parent_id is None


async def test_overwrites_come_and_go(guild, bob, api):
    lobby = guild.channel("Lobby")
    path = f"/channels/{lobby.id}/permissions/{bob.id}"
    await api("PUT", path, {"type": 1, "allow": 1024, "deny": "2048"})
    put = lobby.entity.overwrites
    await api("DELETE", path)

    assert [(each.id, each.allow, each.deny) for each in put] == [(bob.id, 1024, 2048)]
    assert lobby.entity.overwrites == ()


async def test_a_member_is_moved_muted_and_disconnected(guild, bob, api):
    guild.add_channel("x", "voice")
    await bob.joins("Lobby")
    path = f"/guilds/{guild.id}/members/{bob.id}"
    await api("PATCH", path, {"channel_id": guild.channel("x").id, "mute": True})
    moved, muted = bob.voice_channel, bob.voice.mute
    state = await api("GET", f"/guilds/{guild.id}/voice-states/{bob.id}")
    await api("PATCH", path, {"channel_id": None})

    assert (moved, muted) == ("x", True)
    assert state.body["channel_id"] == guild.channel("x").id
    assert bob.voice is None


async def test_moving_needs_connect_at_the_goal(guild, bob, api):
    guild.add_channel("x", "voice")
    await bob.joins("Lobby")
    guild.bot_may(Permission.VIEW_CHANNEL, Permission.MOVE_MEMBERS)
    await guild.channel("x").overwrite("bot", deny=Permission.CONNECT)
    body = {"channel_id": guild.channel("x").id}

    assert (await api("PATCH", f"/guilds/{guild.id}/members/{bob.id}", body)).code == 50013
    assert bob.voice_channel == "Lobby"


async def test_a_timeout_silences_until_it_is_over(fake, guild, alice, bob, api):
    fake.clock.freeze()
    until = {"communication_disabled_until": iso(fake.clock.now() + 60)}
    await api("PATCH", f"/guilds/{guild.id}/members/{bob.id}", until)
    general = guild.channel("general").entity

    assert not fake.core.step().permissions(bob.id, general) & Permission.SEND_MESSAGES
    fake.clock.advance(61)
    assert fake.core.step().permissions(bob.id, general) & Permission.SEND_MESSAGES


async def test_members_are_listed_and_searched(guild, alice, bob, api):
    path = f"/guilds/{guild.id}/members"
    first = (await api("GET", path + "?limit=2")).body
    rest = (await api("GET", path + f"?limit=1000&after={first[-1]['user']['id']}")).body
    found = (await api("GET", path + "/search?query=BO&limit=10")).body

    assert [each["user"]["username"] for each in first + rest] == ["bot", "alice", "bob"]
    assert sorted(each["user"]["username"] for each in found) == ["bob", "bot"]


async def test_roles_are_made_given_and_deleted(guild, bob, api):
    body = {"name": "mods", "permissions": str(1 << 10), "color": 255}
    role = (await api("POST", f"/guilds/{guild.id}/roles", body)).body
    await api("PUT", f"/guilds/{guild.id}/members/{bob.id}/roles/{role['id']}")
    given = bob.entity.roles
    await api("DELETE", f"/guilds/{guild.id}/roles/{role['id']}")

    assert (role["position"], role["colors"]["primary_color"]) == (1, 255)
    assert given == (role["id"],)
    assert bob.entity.roles == ()


async def test_the_same_nonce_says_it_once(guild, api, general):
    said = [
        await api("POST", general, {"content": text, "nonce": 7, "enforce_nonce": True})
        for text in ("one", "two")
    ]
    other = await api("POST", general, {"content": "three", "nonce": 7})

    assert said[0].body["id"] == said[1].body["id"]
    assert said[1].body["content"] == "one"
    assert other.body["content"] == "three"


async def test_history_is_paged(guild, alice, api, general):
    ids = [(await alice.types(str(number))).id for number in range(5)]

    async def page(query):
        return [each["content"] for each in (await api("GET", f"{general}?{query}")).body]

    assert await page("limit=2") == ["4", "3"]
    assert await page(f"before={ids[2]}") == ["1", "0"]
    assert await page(f"after={ids[2]}") == ["4", "3"]
    assert await page(f"around={ids[2]}&limit=3") == ["3", "2", "1"]


async def test_mentions_ping_only_whom_they_may(guild, alice, bob, api, general):
    text = f"<@{alice.id}> <@{bob.id}> @everyone"
    loud = (await api("POST", general, {"content": text})).body
    named = {"content": text, "allowed_mentions": {"parse": [], "users": [bob.id]}}
    quiet = (await api("POST", general, named)).body

    assert ([each["id"] for each in loud["mentions"]], loud["mention_everyone"]) == (
        [alice.id, bob.id],
        True,
    )
    assert ([each["id"] for each in quiet["mentions"]], quiet["mention_everyone"]) == (
        [bob.id],
        False,
    )


async def test_a_file_is_kept_as_attachment(fake, guild, http, general):
    headers = {"Authorization": f"Bot {fake.token}"}
    form = aiohttp.FormData({"payload_json": '{"content": "look"}'})
    form.add_field("files[0]", b"abc", filename="a.txt", content_type="text/plain")
    async with http.post(fake.api_url + general, data=form, headers=headers) as response:
        said = await response.json()

    assert [(each["filename"], each["size"]) for each in said["attachments"]] == [("a.txt", 3)]
    assert guild.channel("general").transcript() == "bot: look\n  <file a.txt>"


async def test_every_change_is_in_the_audit_log_with_its_reason(fake, guild, bob, api):
    reason = {"X-Audit-Log-Reason": "f%C3%BCr%20bob"}
    lobby = guild.channel("Lobby").id
    await bob.joins("Lobby")
    before = (await api("GET", f"/guilds/{guild.id}/audit-logs")).body["audit_log_entries"]
    member = f"/guilds/{guild.id}/members/{bob.id}"
    await api("PATCH", member, {"nick": "b", "channel_id": None}, reason)
    await api("PATCH", f"/channels/{lobby}", {"name": "Hall"}, reason)
    await api("PUT", f"/channels/{lobby}/permissions/{bob.id}", {"type": 1, "allow": "1"}, reason)
    await api("DELETE", f"/channels/{lobby}", None, reason)
    log = (await api("GET", f"/guilds/{guild.id}/audit-logs")).body
    entries = log["audit_log_entries"][: len(log["audit_log_entries"]) - len(before)]

    assert [each["action_type"] for each in entries] == [12, 13, 11, 27, 24]
    assert {each["reason"] for each in entries} == {"für bob"}
    assert {each["user_id"] for each in entries} == {fake.application_id}
    assert entries[2]["changes"] == [{"key": "name", "old_value": "Lobby", "new_value": "Hall"}]


async def test_the_audit_log_is_filtered(guild, alice, api):
    made = await api("POST", f"/guilds/{guild.id}/channels", {"name": "one", "type": 2})
    await api("POST", f"/guilds/{guild.id}/channels", {"name": "two", "type": 2})
    await guild.channel("Lobby").delete()

    async def targets(query):
        log = await api("GET", f"/guilds/{guild.id}/audit-logs?{query}")
        return [guild_name(each) for each in log.body["audit_log_entries"]]

    def guild_name(entry):
        return entry["changes"][0].get("new_value") or entry["changes"][0]["old_value"]

    first = (await api("GET", f"/guilds/{guild.id}/audit-logs?action_type=10")).body
    oldest = first["audit_log_entries"][-1]["id"]
    assert await targets("action_type=10") == ["two", "one"]
    assert await targets("action_type=10&limit=1") == ["two"]
    assert await targets(f"user_id={alice.id}&action_type=12") == ["Lobby"]
    assert await targets(f"action_type=10&after={oldest}") == ["two"]
    assert await targets(f"action_type=10&before={oldest}") == []
    assert first["audit_log_entries"][-1]["target_id"] == made.body["id"]


async def test_two_renames_in_ten_minutes(fake, guild, api):
    fake.clock.freeze()
    path = f"/channels/{guild.channel('Lobby').id}"
    renamed = [(await api("PATCH", path, {"name": name})).status for name in "abc"]
    limited = await api("PATCH", path, {"name": "c"})
    same = await api("PATCH", path, {"name": "b"})
    other = await api("PATCH", path, {"user_limit": 4})
    fake.clock.advance(600)
    later = await api("PATCH", path, {"name": "c"})

    assert renamed == [200, 200, 429]
    assert (limited.headers["X-RateLimit-Scope"], limited.body["retry_after"]) == ("shared", 600)
    assert (same.status, other.status, later.status) == (200, 200, 200)


async def test_a_bucket_counts_down_and_refuses(fake, guild, api, general):
    fake.clock.freeze()
    fake.limits.set("POST /channels/{channel_id}/messages", 2, 5.0)
    answers = [await api("POST", general, {"content": "x"}) for _ in range(3)]
    elsewhere = await api(
        "POST", f"/channels/{guild.channel('Lobby').id}/messages", {"content": "x"}
    )
    fake.clock.advance(5)
    later = await api("POST", general, {"content": "x"})

    assert [each.status for each in answers] == [200, 200, 429]
    assert [each.headers["X-RateLimit-Remaining"] for each in answers] == ["1", "0", "0"]
    assert answers[2].headers["Via"]
    assert answers[2].body == {
        "message": "You are being rate limited.",
        "retry_after": 5.0,
        "global": False,
    }
    assert (elsewhere.status, later.status) == (200, 200)


async def test_the_global_limit_is_over_all_routes(fake, guild, api):
    fake.clock.freeze()
    fake.limits.total = Rate(2, 1.0)
    await api("GET", "/users/@me")
    await api("GET", f"/guilds/{guild.id}")
    refused = await api("GET", "/users/@me/guilds")

    assert (refused.status, refused.body["global"]) == (429, True)
    assert refused.headers["X-RateLimit-Global"] == "true"


async def test_a_guild_is_told_with_its_counts(guild, alice, bob, api):
    told = (await api("GET", f"/guilds/{guild.id}?with_counts=true")).body
    own = (await api("GET", "/users/@me/guilds")).body

    assert (told["approximate_member_count"], told["owner_id"]) == (3, alice.id)
    assert [(each["id"], each["owner"]) for each in own] == [(guild.id, False)]
