"""Rate limits, by the clock: what is refused, for how long, and what the headers say."""

from __future__ import annotations

import discord
import pytest

from fakecord import Fault, Rate

SEND = "POST /channels/{channel_id}/messages"
ME = "GET /users/@me"


@pytest.fixture
def say(guild, api):
    async def send(channel="general"):
        place = guild.channel(channel).id
        return await api("POST", f"/channels/{place}/messages", {"content": "x"})

    return send


@pytest.fixture(autouse=True)
def stopped(fake):
    fake.clock.freeze()


async def test_a_bucket_counts_down_and_is_full_again_after_its_time(fake, say):
    fake.limits.set(SEND, 2, 5.0)
    first, second, third = [await say() for _ in range(3)]
    fake.clock.advance(5.0)
    later = await say()

    assert [each.headers["X-RateLimit-Remaining"] for each in (first, second)] == ["1", "0"]
    assert (third.status, later.status) == (429, 200)
    assert third.body == {
        "message": "You are being rate limited.", "retry_after": 5.0, "global": False,
    }  # fmt: skip
    assert third.headers["Retry-After"] == "5.0"
    assert third.headers["X-RateLimit-Scope"] == "user"
    assert third.headers["X-RateLimit-Reset-After"] == "5.000"
    assert third.headers["X-RateLimit-Bucket"] == first.headers["X-RateLimit-Bucket"]
    assert "Via" in third.headers


async def test_after_a_clock_was_set_back_nobody_waits_longer_than_a_window_lasts(fake, say):
    fake.limits.set(SEND, 1, 5.0)
    await say()
    fake.clock.advance(-300.0)
    refused = await say()
    fake.clock.advance(5.0)

    assert (refused.status, refused.body["retry_after"]) == (429, 5.0)
    assert (await say()).status == 200


async def test_a_bucket_is_of_one_channel(fake, guild, say):
    guild.add_channel("other")
    fake.limits.set(SEND, 1, 5.0)

    assert [(await say(name)).status for name in ("general", "other", "general")] == [200, 200, 429]


async def test_the_global_limit_is_fifty_a_second_over_all_routes(fake, say, api):
    fake.limits.as_documented()
    for _ in range(49):
        await api("GET", "/users/@me")
    fiftieth, beyond, other = await say(), await say(), await api("GET", "/users/@me")
    fake.clock.advance(1.0)
    later = await say()

    assert (fiftieth.status, beyond.status, other.status, later.status) == (200, 429, 429, 200)
    assert beyond.body["global"] is True
    assert beyond.headers["X-RateLimit-Global"] == "true"
    assert beyond.headers["X-RateLimit-Scope"] == "global"
    assert "X-RateLimit-Bucket" not in beyond.headers


async def test_interactions_are_not_bound_to_the_global_limit(fake, api):
    fake.limits.total = Rate(0, 1.0)
    answer = await api("POST", "/interactions/1/x/callback", {"type": 5})

    assert answer.code == 10062


async def test_a_shared_limit_says_so(fake, say):
    fake.limits.set(SEND, 0, 5.0, scope="shared")
    answer = await say()

    assert (answer.status, answer.headers["X-RateLimit-Scope"]) == (429, "shared")


@pytest.mark.parametrize("field", ["name", "topic"])
async def test_a_channel_is_renamed_twice_in_ten_minutes(fake, guild, api, field):
    path = f"/channels/{guild.channel('general').id}"

    async def change(text):
        return (await api("PATCH", path, {field: text})).status

    statuses = [await change(text) for text in ("a", "b", "b", "c")]
    fake.clock.advance(600.0)

    assert statuses == [200, 200, 200, 429]
    assert await change("c") == 200


async def test_name_and_topic_share_their_allowance_and_the_rest_is_free(fake, guild, api):
    path = f"/channels/{guild.channel('general').id}"
    changes = ({"name": "a"}, {"topic": "b"}, {"name": "c"}, {"nsfw": True})

    assert [(await api("PATCH", path, each)).status for each in changes] == [200, 200, 429, 200]


@pytest.mark.parametrize("status", [401, 403, 429])
async def test_too_many_invalid_requests_are_a_ban_by_the_edge(fake, guild, alice, api, status):
    fake.limits.set("GET /guilds/{guild_id}", 0, 1.0)
    fake.limits.invalid = Rate(3, 600.0)
    await invalid(fake, guild, api, status, times=2)
    before = await api("GET", "/users/@me", headers=good(fake))
    await invalid(fake, guild, api, status, times=1)
    banned = await api("GET", "/users/@me", headers=good(fake))
    fake.clock.advance(fake.limits.ban)
    after = await api("GET", "/users/@me", headers=good(fake))

    assert (before.status, banned.status, after.status) == (200, 429, 200)
    assert "<html>" in banned.body
    assert "Via" not in banned.headers
    assert banned.headers["Retry-After"] == "3600"


async def invalid(fake, guild, api, status, times):
    headers = {"Authorization": "Bot x"} if status == 401 else good(fake)
    path = "/guilds/{}" if status == 429 else "/guilds/{}/members/@me"
    body = None if status == 429 else {"nick": "x"}
    guild.bot_may()
    guild.everyone_may()
    for _ in range(times):
        method = "GET" if status == 429 else "PATCH"
        answer = await api(method, path.format(guild.id), body, headers=headers)

        assert answer.status == status, answer.body


def good(fake):
    return {"Authorization": f"Bot {fake.token}"}


async def test_a_shared_429_does_not_count_towards_the_ban(fake, say):
    fake.limits.invalid = Rate(2, 600.0)
    fake.limits.set(SEND, 0, 5.0, scope="shared")

    assert [("<html>" in (await say()).body) for _ in range(4)] == [False] * 4


async def test_invalid_requests_of_ten_minutes_ago_are_forgotten(fake, api):
    fake.limits.invalid = Rate(2, 600.0)
    bad = {"Authorization": "Bot x"}
    await api("GET", "/users/@me", headers=bad)
    fake.clock.advance(600.0)
    await api("GET", "/users/@me", headers=bad)

    assert (await api("GET", "/users/@me")).status == 200


async def test_the_limits_of_a_fakecord_do_not_slow_down_who_is_not_asking_for_it(fake, api):
    answers = [await api("GET", "/users/@me") for _ in range(60)]

    assert {each.status for each in answers} == {200}


async def test_discord_py_waits_a_bucket_out_and_says_it_once(fake, guild, bot):
    client = await bot()
    fake.clock.thaw()
    fake.limits.set(SEND, 1, 0.05)
    channel = client.demo.text_channels[0]
    await channel.send("one")
    await channel.send("two")

    assert guild.channel("general").transcript().splitlines() == ["bot: one", "bot: two"]


async def test_discord_py_takes_the_edge_for_a_ban_and_gives_up_at_once(fake, guild, bot):
    client = await bot()
    fake.faults.add(Fault("POST", SEND.split()[1], status=429, html=True))

    with pytest.raises(discord.HTTPException) as raised:
        await client.demo.text_channels[0].send("x")
    assert raised.value.status == 429
    assert len(fake.requests.matching("POST", SEND.split()[1])) == 1


async def test_discord_py_waits_out_a_429_of_discords(fake, guild, bot):
    client = await bot()
    headers = {"Retry-After": "0.01", "X-RateLimit-Scope": "shared"}
    body = '{"message": "You are being rate limited.", "retry_after": 0.01, "global": false}'
    fake.faults.add(Fault("POST", SEND.split()[1], status=429, body=body, headers=headers))
    await client.demo.text_channels[0].send("x")

    assert len(fake.requests.matching("POST", SEND.split()[1])) == 2
