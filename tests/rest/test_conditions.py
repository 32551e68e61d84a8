"""Conditions of subscriptions over HTTP, and what would have been sent by them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rallypoint.features.presence.events import Joined
from rallypoint.kernel import events
from rallypoint.kernel.ids import ChannelId, GuildId, UserId

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
JOINED = {"kinds": ["presence.joined"]}
TWO = {"occupancy": {"at_least": 2, "for_seconds": 60}}


@pytest.fixture
async def asks(house, as_, alice, guild, plant_destination):
    client = await as_(alice)
    destination = await plant_destination(guild.id)

    async def ask(method, path="", body=None):
        body = {"destination_id": destination, **body} if path == "" and body else body
        return await client(method, f"/api/v1/guilds/{guild.id}/subscriptions{path}", body)

    return ask


@pytest.fixture
async def joined(sessions, guild, house):
    """Three have come, one a bot."""
    async with sessions.begin() as session:
        for user, bot in ((1, False), (2, True), (3, False)):
            event = Joined(GuildId(int(guild.id)), ChannelId(10), UserId(user), bot)
            at = datetime.fromtimestamp(house.clock.now(), UTC)
            await events.record(session, event, at=at)


async def test_conditions_are_kept_changed_and_taken_away(asks):
    made = (await asks("POST", "", JOINED | {"conditions": TWO})).json()
    where = f"/{made['id']}"
    kept = (await asks("GET", where)).json()["conditions"]
    first = {"first_joiner": True}
    changed = (await asks("PATCH", where, {"conditions": first})).json()["conditions"]
    same = (await asks("PATCH", where, {"is_active": False})).json()["conditions"]
    none = (await asks("PATCH", where, {"conditions": {}})).json()["conditions"]

    assert (made["conditions"], kept, changed, same, none) == (TWO, TWO, first, first, {})


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (JOINED | {"conditions": {"ocupancy": {}}}, "body.conditions.ocupancy"),
        (JOINED | {"conditions": {"most_per_hour": 0}}, "body.conditions.most_per_hour"),
        ({"kinds": ["presence.left"], "conditions": TWO}, "presence.joined"),
    ],
)
async def test_what_is_wrong_with_them_is_named(asks, body, words):
    answer = await asks("POST", "", body)
    tried = await asks("POST", "/simulate", body)

    assert (answer.status_code, tried.status_code) == (422, 422)
    assert words in answer.json()["error"]["message"]
    assert words in tried.json()["error"]["message"]


async def test_what_would_have_been_sent_is_told_of_conditions_that_nobody_saved(asks, joined):
    conditions = {"members": "people", "most_per_hour": 1}
    told = (await asks("POST", "/simulate", JOINED | {"conditions": conditions})).json()

    assert (told["would_send"], told["is_whole"]) == (1, True)
    assert told["events"] >= 3
    assert told["left_out"] == {"members": 1, "most_per_hour": 1}
    assert [(each["kind"], each["subject"]) for each in told["first"]] == [
        ("presence.joined", "channel:10")
    ]


async def test_a_saved_one_is_tried_as_it_is_or_with_changes(asks, joined):
    made = (await asks("POST", "", JOINED | {"conditions": {"members": "bots"}})).json()
    saved = {"subscription_id": made["id"]}
    as_it_is = (await asks("POST", "/simulate", saved)).json()
    changed = (await asks("POST", "/simulate", saved | {"conditions": {}})).json()
    elsewhere = (await asks("POST", "/simulate", saved | {"subjects": ["channel:11"]})).json()

    assert [each["would_send"] for each in (as_it_is, changed, elsewhere)] == [1, 3, 0]


async def test_another_guilds_subscription_cannot_be_tried(asks, plant_subscription, elsewhere):
    foreign = await plant_subscription(elsewhere.id)
    answer = await asks("POST", "/simulate", {"subscription_id": foreign})

    assert answer.status_code == 404
