"""The control door: a program in any language arranges a scene, acts in it, and looks."""

from __future__ import annotations

import asyncio
import json

import pytest

PING = {"name": "ping", "description": "d"}


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        pytest.param({}, 200, 0, id="a program"),
        pytest.param({"Host": "localhost:1234"}, 200, 0, id="localhost"),
        pytest.param({"Host": "[::1]:1234"}, 200, 0, id="IPv6"),
        pytest.param({"Host": "evil.example"}, 403, "wrong_host", id="DNS rebinding"),
        pytest.param({"Host": "127.0.0.1.evil.example"}, 403, "wrong_host", id="a look-alike"),
        pytest.param({"Origin": "http://evil.example"}, 403, "wrong_origin", id="a page elsewhere"),
        pytest.param({"Origin": "null"}, 403, "wrong_origin", id="a page from nowhere"),
        pytest.param({"Origin": "https://127.0.0.1"}, 403, "wrong_origin", id="another scheme"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, 403, "wrong_origin", id="without Origin"),
        pytest.param(
            {"Host": "evil.example", "Origin": "http://evil.example"}, 403, "wrong_host", id="both"
        ),
    ],
)
async def test_only_this_machine_and_its_own_page_come_in(guild, door, headers, status, code):
    read = await door("GET", "/state", headers=headers)
    acted = await door("POST", "/guilds", {"name": "x"}, headers=headers)

    assert (read.status, acted.status) == (status, status)
    assert acted.code == code


async def test_its_own_page_comes_in(fake, guild, door):
    assert (await door("GET", "/state", headers={"Origin": fake.url})).status == 200


async def test_a_page_cannot_smuggle_json_as_text(fake, guild, http):
    url = f"{fake.url}/_control/guilds"
    async with http.post(url, data='{"name": "x"}', headers={"Content-Type": "text/plain"}) as no:
        assert no.status == 415
    assert [each.name for each in fake.guilds] == ["Demo"]


async def test_a_scene_is_arranged_and_played(fake, door):
    people = [{"name": "alice", "owner": True}, {"name": "bob"}]
    made = (await door("POST", "/guilds", {"name": "Club", "members": people})).body
    await door("POST", f"/guilds/{made['id']}/channels", {"name": "x", "type": "voice"})
    await door("POST", "/members/alice/join", {"channel": "Lobby"})
    moved = await door("POST", "/members/alice/move", {"channel": "x"})
    muted = await door("POST", "/members/alice/mute", {"on": True})
    said = await door("POST", "/members/bob/type", {"text": "hello"})
    seen = (await door("GET", "/members/bob/channels")).body
    left = await door("POST", f"/members/{made['members']['alice']}/leave", {})

    assert made["owner_id"] == made["members"]["alice"]
    assert moved.body["voice"]["channel"] == "x"
    assert muted.body["voice"]["self_mute"] is True
    assert said.body["text"] == "bob: hello"
    assert {each["name"]: each["occupants"] for each in seen}["x"] == [made["members"]["alice"]]
    assert left.body == {"voice": None}
    assert (await door("GET", "/channels/general/transcript")).body == {"transcript": "bob: hello"}


async def test_what_people_cannot_do_is_said_in_words(guild, alice, door):
    refused = await door("POST", "/members/alice/leave", {})
    unknown = await door("POST", "/members/zoe/leave", {})
    wrong = await door("POST", "/members/alice/join", {"chanel": "Lobby"})
    nothing = await door("GET", "/nonsense")

    assert (refused.status, refused.code) == (409, "people_cannot")
    assert refused.body["error"]["message"] == "alice is not in voice"
    assert (unknown.status, unknown.code) == (404, "no_such_member")
    assert (wrong.status, wrong.code) == (400, "bad_body")
    assert "channel" in wrong.body["error"]["message"]
    assert (nothing.status, nothing.code) == (404, "no_such_operation")


async def test_a_member_of_two_guilds_is_named_with_the_guild(fake, guild, alice, door):
    fake.guild("Other").member("alice")
    vague = await door("POST", "/members/alice/join", {"channel": "Lobby"})
    clear = await door("POST", "/members/alice/join", {"channel": "Lobby", "guild_id": guild.id})

    assert (vague.code, clear.status) == ("people_cannot", 200)


async def test_a_command_waits_for_its_answer(fake, guild, alice, api, door, connect):
    await api("PUT", f"/applications/{fake.application_id}/commands", [PING])
    socket = await connect()
    await socket.identify(fake.token, 1)

    async def respond():
        sent = await socket.event("INTERACTION_CREATE")
        path = f"/interactions/{sent['id']}/{sent['token']}/callback"
        await api("POST", path, {"type": 4, "data": {"content": "pong"}})

    answering = asyncio.create_task(respond())
    ran = (await door("POST", "/members/alice/run", {"command": "/ping"})).body
    await answering
    silent = (await door("POST", "/members/alice/run", {"command": "/ping", "wait": 0.05})).body
    again = (await door("GET", f"/interactions/{ran['interaction_id']}")).body

    assert ran["reply"]["text"] == "bot: pong"
    assert (silent["acknowledged"], silent["reply"]) == (False, None)
    assert again == ran
    offered = (await door("GET", "/members/alice/commands")).body
    assert [each["paths"] for each in offered] == [["/ping"]]


async def test_state_waits_for_a_newer_version(fake, guild, alice, door):
    version = (await door("GET", "/state")).body["version"]
    waiting = asyncio.create_task(door("GET", f"/state?after={version}&timeout=5"))
    await fake.until(lambda: fake.core.pulse.waiting > 0)
    await alice.joins("Lobby")
    newer = (await waiting).body
    same = (await door("GET", f"/state?after={newer['version']}&timeout=0.02")).body

    assert newer["version"] > version
    assert newer["guilds"][0]["voice_states"][0]["user_id"] == alice.id
    assert same["version"] == newer["version"]


async def test_overwrites_roles_and_channels_by_hand(guild, alice, bob, door):
    everyone = f"/guilds/{guild.id}/roles/@everyone"
    await door("PUT", "/channels/Lobby/overwrites/bob", {"deny": str(1 << 20)})
    refused = await door("POST", "/members/bob/join", {"channel": "Lobby"})
    await door("PUT", "/channels/Lobby/overwrites/bob", {})
    allowed = await door("POST", "/members/bob/join", {"channel": "Lobby"})
    role = await door("PATCH", everyone, {"permissions": "0"})
    gone = await door("DELETE", "/channels/Lobby")

    assert (refused.status, allowed.status) == (409, 200)
    assert role.body["permissions"] == "0"
    assert gone.status == 204
    assert not guild.has_channel("Lobby")


async def test_faults_and_requests_are_seen_from_outside(guild, api, door):
    fault = {"method": "GET", "path": "/users/@me", "status": 500}
    set_ = (await door("POST", "/faults", fault)).body
    struck = await api("GET", "/users/@me")
    listed = (await door("GET", "/faults")).body
    log = (await door("GET", "/requests")).body
    later = (await door("GET", f"/requests?after={log[-1]['id']}")).body
    removed = await door("DELETE", f"/faults/{set_['id']}")

    assert struck.status == 500
    assert [each["hits"] for each in listed] == [1]
    assert [(each["route"], each["status"]) for each in log] == [("/users/@me", 500)]
    assert (later, removed.status) == ([], 204)
    assert (await door("GET", "/faults")).body == []


async def test_a_held_request_is_released_from_outside(guild, api, door):
    held = (await door("POST", "/faults", {"path": "/users/@me", "hold": True})).body
    asked = asyncio.create_task(api("GET", "/users/@me"))
    while not (await door("GET", "/faults")).body[0]["held"]:
        pass
    await door("POST", f"/faults/{held['id']}/release", {})

    assert (await asked).status == 200


async def test_the_clock_is_moved_and_followed(fake, http, door):
    async with http.get(f"{fake.url}/_control/clock/stream") as stream:
        first = json.loads(await stream.content.readline())
        await door("POST", "/clock", {"freeze": True})
        frozen = json.loads(await stream.content.readline())
        await door("POST", "/clock", {"advance": 10})
        later = json.loads(await stream.content.readline())
        await door("POST", "/clock", {"thaw": True})
        thawed = json.loads(await stream.content.readline())

    assert (first["frozen"], frozen["frozen"], thawed["frozen"]) == (False, True, False)
    assert later["now"] == frozen["now"] + 10


async def test_changes_are_streamed_to_a_page(fake, guild, alice, http):
    async with http.get(f"{fake.url}/_control/events") as stream:
        await stream.content.readline()
        await stream.content.readline()
        await alice.joins("Lobby")
        told = json.loads((await stream.content.readline()).removeprefix(b"data: "))

    assert told == {"version": fake.core.world.version, "kind": "VOICE_STATE_UPDATE"}


async def test_a_clock_that_is_moved_is_streamed_too(fake, guild, http):
    async with http.get(f"{fake.url}/_control/events") as stream:
        await stream.content.readuntil(b"\n\n")
        fake.clock.advance(60)
        told = json.loads((await stream.content.readuntil(b"\n\n")).removeprefix(b"data: "))

    assert told["kind"] == "CLOCK"


async def test_no_page_elsewhere_can_frame_the_playground(fake, http):
    async with http.get(f"{fake.url}/") as page:
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]


async def test_other_options_may_have_the_names_of_our_own(fake, guild, alice, api, door):
    options = [
        {"type": 3, "name": name, "description": "d", "autocomplete": name == "q"}
        for name in ("q", "channel", "command", "text")
    ]
    find = {"name": "find", "description": "d", "options": options}
    await api("PUT", f"/applications/{fake.application_id}/commands", [find])
    asked = {
        "command": "/find",
        "option": "q",
        "text": "lo",
        "options": {"channel": "x", "command": "y", "text": "z", "missing": "!"},
    }
    refused = await door("POST", "/members/alice/complete", asked)

    assert refused.code == "people_cannot"
    assert "missing" in refused.body["error"]["message"]


async def test_the_gateway_is_disturbed_from_outside(fake, guild, door, connect):
    socket = await connect()
    await socket.identify(fake.token, 1)
    before = (await door("GET", "/gateway")).body
    await door("POST", "/gateway", {"action": "drop", "code": 4000})

    assert before["connected"] == 1
    assert await socket.closed() == 4000


async def test_an_outage_is_made_from_outside(guild, door):
    await door("POST", f"/guilds/{guild.id}/outage", {"on": True})

    assert guild.state.guild.unavailable


async def test_a_flood_leaves_the_world_as_it_was(fake, guild, alice, door, connect):
    socket = await connect(compress="zlib-stream")
    await socket.identify(fake.token, 1)
    await socket.settle()
    version = fake.core.world.version
    flooded = await door("POST", "/bench/voice", {"events": 20})
    events = (await socket.settle()).count("VOICE_STATE_UPDATE")

    assert (flooded.body["events"], events) == (20, 20)
    assert fake.core.world.version == version


async def test_the_description_names_every_operation(door, fake, http):
    described = (await door("GET", "/openapi.json")).body
    async with http.get(f"{fake.url}/_control/docs") as response:
        page = await response.text()

    assert described["openapi"] == "3.1.0"
    assert described["paths"]["/_control/members/{member}/run"]["post"]["requestBody"]
    assert all(path in page for path in described["paths"])
    assert "http://" not in page.replace("http://127.0.0.1", "")
    for path, methods in described["paths"].items():
        for method in methods:
            name = path.removeprefix("/_control")
            if method == "post" and "{" not in name:
                assert (await door("POST", name, {"no": "such field"})).code == "bad_body"


async def test_every_reference_of_the_description_is_there(door):
    described = (await door("GET", "/openapi.json")).body
    text = json.dumps(described)
    names = described["components"]["schemas"]

    wanted = {each.split('"')[0] for each in text.split("#/components/schemas/")[1:]}
    assert wanted <= names.keys()
    assert wanted
