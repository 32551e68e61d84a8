"""What is sent where, set up and looked after on the dashboard."""

from __future__ import annotations

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from rallypoint.features.deliveries.model import Delivery, Destination
from rallypoint.features.subscriptions.model import Subscription

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What the databases do differently is tried where the use cases are."""

GERMAN = {"accept-language": "de"}
SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]+")


@pytest.fixture
def there(guild):
    return f"/servers/{guild.id}"


@pytest.fixture
def kept(sessions):
    async def kept(model, number=1):
        async with sessions() as session:
            return await session.get_one(model, number)

    return kept


async def test_a_secret_is_shown_once_and_an_address_never(
    house, alice, in_, there, kept, database
):
    visits = await in_(alice)
    url = "https://hooks.example/in/secret-path"
    made = await visits.send(f"{there}/destinations/new/webhook.post", name="Stats", url=url)
    changed = await visits.send(f"{there}/destinations/1/edit", name="Figures")
    rotated = await visits.send(f"{there}/destinations/1/secret")
    pages = [
        (await visits.get(f"{there}/{each}")).text
        for each in ("destinations", "destinations/1", "destinations/1/edit", "audit")
    ]
    secrets = [*SECRET.findall(made.text), *SECRET.findall(rotated.text)]
    row = await kept(Destination)
    vault, purpose = database.vault, f"destination {row.id}"
    opened = [vault.open_text(each["sealed"], purpose=purpose) for each in reversed(row.secrets)]

    assert changed.status_code == 303
    assert (row.name, row.config["place"]) == ("Figures", "https://hooks.example")
    assert vault.open_text(row.config["sealed"], purpose=purpose) == url
    assert secrets == opened
    assert all("Figures" in page for page in pages)
    assert not [page for page in pages if "secret-path" in page or SECRET.search(page)]


@pytest.mark.parametrize(
    ("kind", "fields", "field", "words"),
    [
        ("webhook.post", {}, "url", "Das wird gebraucht."),
        ("webhook.post", {"url": "https://127.0.0.1/"}, "url", "127.0.0.1"),
        ("redis.list", {"key": "mine", "most": "0"}, "most", "Mindestens 1."),
        ("discord", {"channel_id": "1", "text": "{{ nonsense }}"}, "text", "nonsense"),
        (
            "redis.list",
            {"key": "a b"},
            "key",
            "passt nicht: ein Name besteht nur aus Buchstaben",
        ),
    ],
)
async def test_what_does_not_fit_is_said_at_its_field(
    house, alice, in_, there, kind, fields, field, words
):
    visits = await in_(alice)
    path = f"{there}/destinations/new/{kind}"
    answer = await visits("POST", path, data={"name": "Mine", **fields}, headers=GERMAN)
    (said,) = re.findall(r'id="(\S+)-about">[^<]*<span class="error">([^<]*)<', answer.text)

    assert answer.status_code == 422
    assert said[0] == field
    assert words in said[1]
    assert 'value="Mine"' in answer.text


async def test_a_subscription_is_tried_kept_and_changed(house, alice, in_, there, kept):
    visits = await in_(alice)
    await visits.send(f"{there}/destinations/new/redis.list", name="List", key="mine")
    asked = {"destination_id": "1", "kinds": ["presence.joined"], "at_least": "3", "days": "7"}
    tried = await visits.send(f"{there}/subscriptions/try", **asked)
    made = await visits.send(f"{there}/subscriptions/new", **asked)
    page = await visits.get(f"{there}/subscriptions/1")
    first = await kept(Subscription)
    clash = await visits.send(f"{there}/subscriptions/1", **asked, first_joiner="true")
    quiet = asked | {
        "kinds": "rooms.*",
        "at_least": "",
        "quiet": "23:00-07:00",
        "zone": "Europe/Berlin",
    }
    saved = await visits.send(f"{there}/subscriptions/1", **quiet)
    await visits.send(f"{there}/subscriptions/pause", id="1")
    row = await kept(Subscription)

    assert "It would have sent 0" in tried.text
    assert f'action="{there}/subscriptions/new"' in tried.text
    assert made.headers["location"] == f"{there}/subscriptions/1"
    assert first.conditions == {"occupancy": {"at_least": 3}}
    assert 'name="at_least" value="3"' in page.text
    assert clash.status_code == 422
    assert "choose one" in clash.text
    assert saved.status_code == 303
    assert (row.kinds, row.active, row.conditions) == (
        ["rooms.*"],
        False,
        {"quiet_hours": {"start": "23:00", "end": "07:00", "zone": "Europe/Berlin"}},
    )


def _minutes_around(happened):
    return {
        "since": f"{happened - timedelta(minutes=1):%Y-%m-%dT%H:%M}",
        "until": f"{happened + timedelta(minutes=2):%Y-%m-%dT%H:%M}",
        "zone": str(happened.tzinfo),
    }


async def test_a_time_is_sent_again_after_it_was_said_how_much_that_is(
    house, alice, guild, in_, there, kept, plant_destination, audit_log, sessions
):
    number, other = [await plant_destination(guild.id) for _ in range(2)]
    at = (await kept(Delivery, int(number))).happened_at
    told = {"destination_id": int(number), "kind": "rooms.opened", "subject": "room:1", "data": {}}
    told |= {"state": "delivered", "happened_at": at - timedelta(days=1), "created_at": at}
    async with sessions.begin() as session:
        session.add(Delivery(id=99, event_id="early", **told))
        (await session.get_one(Delivery, int(other))).state = "dead"
    visits, happened = await in_(alice), at.astimezone(ZoneInfo("Asia/Tokyo"))
    await visits.send("/me/zone", zone="Asia/Tokyo")
    span = _minutes_around(happened) | {"destination": number, "failed": "false"}
    again = f"{there}/deliveries/again"
    empty = await visits.get(again)
    asked = await visits.send(f"{again}/look", **span)
    counts = {
        name: (await visits.send(f"{again}/look", **(span | other))).text
        for name, other in {
            "given up on": {"failed": "true"},
            "in UTC": {"zone": ""},
            "to all": {"destination": "", "failed": "true"},
        }.items()
    }
    wrong = [
        (await visits.send(f"{again}/look", **(span | other)))
        for other in (
            {"until": span["since"]},
            {"zone": "Nowhere"},
            {"since": "soon"},
            {"since": "0001-01-01T00:00"},
            {"destination": "99"},
        )
    ]
    everywhere = await visits.send(f"{again}/look", **(span | {"destination": ""}))
    for each in (number, other):
        untouched = [(await kept(Delivery, int(each))).again for each in (number, other)]
        await visits.send(f"{there}/deliveries/replay-dead", destination=each)
    dead = [(await kept(Delivery, int(each))).again for each in (number, other)]
    done = await visits.send(again, **span)

    zone = 'name="zone" value="Asia/Tokyo"'
    assert (empty.text.count(zone), asked.text.count(zone)) == (1, 2)
    assert "1 delivery fits" in asked.text
    assert "2 deliveries fit" in everywhere.text
    assert f'value="{span["since"]}"' in asked.text
    assert ["1 delivery fits" in each for each in counts.values()] == [False, False, True]
    assert [each.status_code for each in wrong] == [422, 422, 422, 422, 422]
    assert [re.findall(r'(\S+)-about">[^<]*<span class="error"', each.text) for each in wrong] == [
        *(['id="until'], [], ['id="since'], [], []),
    ]
    assert (untouched, dead) == ([False, False], [False, True])
    assert done.headers["location"] == f"{there}/deliveries"
    assert [(await kept(Delivery, each)).again for each in (int(number), 99)] == [True, False]
    noted = [
        each for each in await audit_log(int(guild.id)) if each.action == "deliveries.replayed"
    ]
    assert [each.after for each in noted] == [{"count": 1}] * 2
