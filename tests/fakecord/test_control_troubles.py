"""Faults by hand at run time: set, seen among all that is under way, and ended."""

from __future__ import annotations

import json

import pytest

from fakecord.intents import Intent
from fakecord.permissions import Permission

VOICE = int(Intent.GUILDS | Intent.GUILD_VOICE_STATES)


async def troubles(door):
    return {each["kind"]: each for each in (await door("GET", "/troubles")).body}


async def test_every_kind_is_listed_and_ended_one_by_one(fake, guild, alice, door, connect):
    socket = await connect()
    await socket.identify(fake.token, VOICE)
    await door("PUT", "/plan", {"seed": 7, "moments": [{"fault": "reconnect", "at": 600}]})
    await door("POST", "/faults", {"method": "POST", "path": "/users/@me", "status": 502})
    await door("POST", "/event-faults", {"event": "GUILD_CREATE", "what": "delay", "seconds": 5})
    await door("POST", f"/guilds/{guild.id}/outage", {"on": True})
    await door("POST", "/happenings", {"fault": "zombie"})
    await door("POST", "/happenings", {"fault": "refuse", "count": 2})
    lost = {"fault": "lose_permission", "permission": "MANAGE_CHANNELS", "seconds": 60}
    after = (await door("POST", "/happenings", lost)).body
    found = await troubles(door)
    ended = [
        (await door("DELETE", f"/troubles/{found[kind]['id']}")).status
        for kind in ("request", "event", "outage", "zombie", "refuse", "permission", "plan")
    ]
    gone = await door("DELETE", f"/troubles/{found['zombie']['id']}")

    assert {each["kind"] for each in after} == found.keys()
    assert found["request"]["words"] == "POST /users/@me: 502, once"
    assert found["event"]["words"] == "GUILD_CREATE: delayed by 5 s, once"
    assert found["outage"]["words"] == "Demo has an outage"
    assert found["permission"]["words"] == "The bot's roles have lost MANAGE_CHANNELS"
    assert found["permission"]["until"] == pytest.approx(fake.clock.now() + 60, abs=30)
    assert ended == [204] * 7
    assert (gone.status, gone.code) == (404, "no_such_trouble")
    assert not guild.state.guild.unavailable
    assert "MANAGE_CHANNELS" in guild.bot_permissions()
    assert (await door("DELETE", "/troubles")).status == 204
    assert await troubles(door) == {}


async def test_all_is_ended_at_once(fake, guild, door):
    await door("POST", "/faults", {"times": None, "latency": 2})
    await door("POST", f"/guilds/{guild.id}/outage", {"on": True, "stale": True})
    await door("DELETE", "/troubles")

    assert await troubles(door) == {}
    assert fake.faults.all() == []


async def test_what_has_struck_often_enough_is_over(guild, api, door):
    await door("POST", "/faults", {"path": "/users/@me", "status": 500})
    before = await troubles(door)
    await api("GET", "/users/@me")

    assert before["request"]["hits"] == 0
    assert await troubles(door) == {}


async def test_a_lost_permission_comes_back_when_its_time_is_over(fake, guild, door):
    fake.clock.freeze()
    lost = {"fault": "lose_permission", "permission": "CONNECT", "guild": "Demo", "seconds": 10}
    guild.everyone_may()
    guild.bot_may(Permission.CONNECT)
    await door("POST", "/happenings", lost)
    without = guild.bot_permissions()
    fake.clock.advance(10)

    assert (without, guild.bot_permissions()) == ([], ["CONNECT"])
    assert await troubles(door) == {}


async def test_events_are_lost_and_doubled_by_hand(fake, guild, alice, door, connect):
    socket = await connect()
    await socket.identify(fake.token, VOICE)
    await socket.settle()
    double = {"event": "VOICE_STATE_UPDATE", "what": "double"}
    made = (await door("POST", "/event-faults", double)).body
    listed = (await door("GET", "/event-faults")).body
    await alice.joins("Lobby")
    lose = {"event": "VOICE_STATE_UPDATE", "what": "lose", "times": None}
    lasting = (await door("POST", "/event-faults", lose)).body
    await alice.leaves()
    heard = await socket.settle()
    removed = await door("DELETE", f"/event-faults/{lasting['id']}")
    again = await door("DELETE", f"/event-faults/{lasting['id']}")

    assert [each["id"] for each in listed] == [made["id"]]
    assert heard.count("VOICE_STATE_UPDATE") == 2
    assert (removed.status, again.code) == (204, "no_such_fault")


async def test_a_stale_outage_comes_back_with_those_who_left(fake, guild, alice, door, connect):
    socket = await connect()
    await socket.identify(fake.token, VOICE)
    await alice.joins("Lobby")
    await door("POST", f"/guilds/{guild.id}/outage", {"on": True, "stale": True})
    await alice.leaves()
    await socket.settle()
    await door("POST", f"/guilds/{guild.id}/outage", {"on": False})
    back = await socket.event("GUILD_CREATE")

    assert [each["user_id"] for each in back["voice_states"]] == [alice.id]


async def test_nonsense_is_refused_in_words(guild, door):
    unknown = await door("POST", "/happenings", {"fault": "lose_permission", "permission": "FLY"})
    nameless = await door("POST", "/event-faults", {"event": ""})
    pattern = await door("POST", "/faults", {"path": "(", "status": 500})

    codes = [each.code for each in (unknown, nameless, pattern)]
    assert codes == ["bad_plan", "bad_body", "bad_body"]
    assert "FLY" in unknown.body["error"]["message"]


async def test_a_fault_that_is_set_or_strikes_is_streamed(fake, guild, api, door, http):
    async with http.get(f"{fake.url}/_control/events") as stream:
        await stream.content.readuntil(b"\n\n")
        await door("POST", "/event-faults", {"event": "X"})
        told = json.loads((await stream.content.readuntil(b"\n\n")).removeprefix(b"data: "))

    assert told["kind"] == "FAULT"


async def test_the_bots_connection_is_shown(fake, guild, door, connect):
    fake.clock.freeze()
    socket = await connect()
    await socket.identify(fake.token, VOICE, shard=[0, 1])
    silent = (await door("GET", "/gateway")).body["clients"][0]
    await socket.send(1, None)
    await socket.next(11)
    beating = (await door("GET", "/gateway")).body["clients"][0]

    assert (silent["connected"], silent["shard"], silent["heartbeats"]) == (True, [0, 1], 0)
    assert silent["intents"] == ["GUILDS", "GUILD_VOICE_STATES"]
    assert silent["last_heartbeat"] is None
    assert (beating["heartbeats"], beating["last_heartbeat"]) == (1, fake.clock.now())


async def test_refusals_are_logged_in_discords_words(guild, api, door):
    await api("GET", "/channels/1")
    await api("GET", "/users/@me")
    log = (await door("GET", "/requests?limit=2")).body
    newest = (await door("GET", "/requests?limit=1")).body

    assert [(each["code"], each["words"]) for each in log] == [
        (10003, "Unknown Channel"),
        (None, None),
    ]
    assert [each["id"] for each in newest] == [log[-1]["id"]]
