"""Faults by a plan: as data, by the clock, and the same again for the same seed."""

from __future__ import annotations

import aiohttp
import pytest

from fakecord import Clock, Fakecord, Moment, Permission, Plan, read_plan
from fakecord.faults import PlanError
from fakecord.intents import Intent
from tests.fakecord.clients import Api, Socket

VOICE = int(Intent.GUILDS | Intent.GUILD_VOICE_STATES)
CHANNELS = "/guilds/{guild_id}/channels"
WILD = {
    "seed": 7,
    "requests": [
        {"method": "POST", "path": CHANNELS, "status": 502, "after": True, "chance": 0.3},
        {"method": "POST", "path": CHANNELS, "reset": True, "chance": 0.2},
        {"headers": {"X-RateLimit-Bucket": None}, "chance": 0.3},
    ],
    "events": [
        {"event": "VOICE_STATE_UPDATE", "what": "lose", "chance": 0.2},
        {"event": "VOICE_STATE_UPDATE", "what": "double", "chance": 0.3},
        {"what": "swap", "chance": 0.2},
        {"what": "delay", "chance": 0.2, "seconds": 3, "jitter": 4},
    ],
    "moments": [
        {"fault": "reconnect", "at": 5, "jitter": 4, "every": 10, "times": 3},
        {"fault": "outage", "at": 20, "jitter": 5, "guild": "Demo", "seconds": 5, "stale": True},
        {"fault": "move_clock", "at": 33, "seconds": -1.5},
    ],
    "until": 60,
}


async def traffic(http, seed):
    """The same calls, comings and goings, minute for minute; what struck, and what was heard."""
    clock = Clock()
    clock.freeze(1_800_000_000.0)
    async with Fakecord(clock=clock, faults=read_plan(WILD | {"seed": seed})) as fake:
        guild = fake.guild("Demo")
        alice = guild.member("alice", owner=True)
        api = Api(http, fake.api_url, {"Authorization": f"Bot {fake.token}"})
        socket = Socket(await http.ws_connect(fake.gateway_url + "/?v=10"))
        await socket.next(10)
        await socket.identify(fake.token, VOICE)
        for turn in range(20):
            await swallowed(api, guild, turn)
            await alice.joins("Lobby")
            await alice.leaves()
            clock.advance(2.5)
        heard = await socket.settle()
        await socket.close()
        return fake.trace, heard


async def swallowed(api, guild, turn):
    try:
        await api("POST", f"/guilds/{guild.id}/channels", {"name": f"x{turn}"})
    except aiohttp.ClientError:
        return


async def test_the_same_seed_gives_the_same_trace_twice_and_another_one_another(http):
    first, again, other = [await traffic(http, seed) for seed in (7, 7, 8)]

    assert first == again
    assert first[0] != other[0]
    assert {each.fault for each in first[0]} >= {
        "lose", "double", "delay", "swap", "reconnect", "outage", "move_clock", "headers", "reset",
        "502 after",
    }  # fmt: skip


async def test_the_dice_do_not_care_who_comes_first(fake, guild, api):
    """Two callers, in either order: each path meets the same faults."""
    paths = [f"/guilds/{guild.id}/roles", f"/guilds/{guild.id}/channels"]
    plan = read_plan({"seed": 3, "requests": [{"status": 503, "chance": 0.5}]})
    met = []
    for order in (paths, paths[::-1]):
        fake.follow(plan)
        statuses = [(path, (await api("GET", path)).status) for _ in range(8) for path in order]
        met.append({path: [s for p, s in statuses if p == path] for path in paths})

    assert met[0] == met[1]
    assert {200, 503} <= set(met[0][paths[0]])


async def test_a_moment_comes_when_the_clock_does(fake, guild, connect):
    fake.clock.freeze()
    socket = await connect()
    await socket.identify(fake.token, VOICE)
    fake.follow(Plan(moments=(Moment(fault="drop", at=10, code=4000),)))
    fake.clock.advance(9.9)
    still = fake.gateway.connected
    fake.clock.advance(0.1)

    assert still
    assert await socket.closed() == 4000


async def test_a_running_clock_brings_a_moment_by_itself(fake, guild, connect):
    socket = await connect()
    await socket.identify(fake.token, VOICE)
    fake.follow(Plan(moments=(Moment(fault="drop", at=0.03, code=4000),)))

    assert await socket.closed() == 4000


async def test_moments_that_were_jumped_over_happen_in_their_order(fake, guild):
    fake.clock.freeze()
    moments = (
        Moment(fault="reconnect", at=20),
        Moment(fault="ask_heartbeat", at=5, every=10, times=3),
    )
    fake.follow(Plan(moments=moments))
    fake.clock.advance(60)

    assert [each.fault for each in fake.trace] == [
        "ask_heartbeat", "ask_heartbeat", "reconnect", "ask_heartbeat",
    ]  # fmt: skip


async def test_after_its_end_a_plan_does_nothing_more_and_what_lasts_is_over(
    fake, guild, alice, api, connect
):
    fake.clock.freeze()
    given = {
        "requests": [{"status": 503}],
        "events": [{"what": "lose"}],
        "moments": [
            {"fault": "outage", "at": 1, "seconds": 1000},
            {"fault": "lose_permission", "at": 1, "permission": "MANAGE_CHANNELS"},
            {"fault": "zombie", "at": 1, "seconds": 1000},
            {"fault": "drop", "at": 20},
        ],
        "until": 10,
    }
    fake.follow(read_plan(given))
    fake.clock.advance(5)
    ill = (await api("GET", "/users/@me")).status, guild.state.guild.unavailable
    lacks = "MANAGE_CHANNELS" not in guild.bot_permissions()
    fake.clock.advance(5)
    socket = await connect()
    await socket.identify(fake.token, VOICE)
    await alice.joins("Lobby")
    fake.clock.advance(100)

    assert (ill, lacks) == ((503, True), True)
    assert (await api("GET", "/users/@me")).status == 200
    assert guild.bot_permissions()[0] == "CREATE_INSTANT_INVITE"
    assert "ADMINISTRATOR" in guild.bot_permissions()
    assert not guild.state.guild.unavailable
    assert "VOICE_STATE_UPDATE" in await socket.settle()


async def test_a_lost_permission_is_refused_and_given_back(fake, guild, api):
    fake.clock.freeze()

    async def create():
        return (await api("POST", f"/guilds/{guild.id}/channels", {"name": "x"})).code

    moment = {"fault": "lose_permission", "at": 1, "permission": "MANAGE_CHANNELS", "seconds": 5}
    fake.follow(read_plan({"moments": [moment]}))
    fake.clock.advance(1)
    lost = await create()
    kept = Permission.MANAGE_ROLES.name in guild.bot_permissions()
    fake.clock.advance(5)

    assert (lost, kept, await create()) == (50013, True, 0)


async def test_a_stopped_clock_stops_and_a_moved_one_moves(fake):
    began = fake.clock.now()
    given = [{"fault": "freeze_clock", "at": 0}, {"fault": "move_clock", "at": 0, "seconds": -3600}]
    fake.follow(read_plan({"moments": given}))
    await fake.until(lambda: len(fake.trace) == 2)

    assert fake.clock.frozen
    assert fake.clock.now() < began - 3590


@pytest.mark.parametrize(
    "wrong",
    [
        {"sede": 7},
        {"requests": [{"statsu": 502}]},
        {"events": [{"what": "explode"}]},
        {"moments": [{"fault": "drop", "att": 1}]},
    ],
)
def test_a_field_nobody_knows_is_no_plan(wrong):
    with pytest.raises(PlanError):
        read_plan(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"fault": "lose_permission", "permission": "FLY"},
        {"fault": "drop", "times": 2},
    ],
)
async def test_a_moment_that_cannot_be_is_no_plan(fake, wrong):
    with pytest.raises(PlanError):
        fake.follow(read_plan({"moments": [wrong]}))


async def test_a_plan_is_followed_from_outside(fake, guild, door, api):
    wrong = await door("PUT", "/plan", {"moments": [{"fault": "drop", "times": 2}]})
    set_ = await door("PUT", "/plan", {"seed": 1, "requests": [{"status": 503, "times": 1}]})
    answers = [(await api("GET", "/users/@me")).status for _ in range(2)]
    trace = (await door("GET", "/trace")).body
    ended = await door("DELETE", "/plan")
    token = (await door("PUT", "/token")).body["token"]
    await door("PUT", "/limits/documented")

    assert (wrong.status, wrong.code) == (400, "bad_plan")
    assert (set_.status, ended.status, answers) == (204, 204, [503, 200])
    assert [(each["fault"], each["target"]) for each in trace] == [("503", "GET /users/@me")]
    assert (fake.token, fake.limits.total) == (token, (50, 1.0))


async def test_stale_voice_states_come_back_once_and_not_to_who_begins_anew(
    fake, guild, alice, connect
):
    socket, later = await connect(), await connect()
    await alice.joins("Lobby")
    await socket.identify(fake.token, VOICE)
    await socket.event("GUILD_CREATE")
    await fake.outage(guild, True, stale=True)
    await alice.leaves()
    await fake.outage(guild, False)
    stale = await socket.event("GUILD_CREATE")
    await later.identify(fake.token, VOICE)
    fresh = await later.event("GUILD_CREATE")

    assert [each["user_id"] for each in stale["voice_states"]] == [alice.id]
    assert fresh["voice_states"] == []
