"""Answers to interactions: in time, once, and by token for a quarter of an hour."""

from __future__ import annotations

import asyncio

import pytest

from fakecord import PeopleError

ROOM = {
    "name": "room",
    "description": "rooms",
    "options": [
        {
            "type": 1,
            "name": "public",
            "description": "open one",
            "options": [
                {"type": 3, "name": "name", "description": "its name", "required": True},
                {
                    "type": 4,
                    "name": "limit",
                    "description": "people",
                    "min_value": 1,
                    "max_value": 99,
                },
                {"type": 6, "name": "friend", "description": "who", "required": False},
            ],
        }
    ],
}
PANEL = [
    {
        "type": 1,
        "components": [
            {"type": 2, "style": 1, "label": "Join", "custom_id": "join"},
            {"type": 2, "style": 1, "label": "Full", "custom_id": "full", "disabled": True},
        ],
    }
]


@pytest.fixture
async def room(fake, guild, api):
    """A registered `/room public`; the clock stands still."""
    fake.clock.freeze()
    await api("PUT", f"/applications/{fake.application_id}/guilds/{guild.id}/commands", [ROOM])


@pytest.fixture
def answer(api):
    async def send(view, kind, data=None):
        token = view.entity.token
        return await api(
            "POST",
            f"/interactions/{view.id}/{token}/callback?with_response=true",
            {"type": kind, **({"data": data} if data else {})},
        )

    return send


@pytest.fixture
def hook(fake, api):
    """`await hook("PATCH", view, "/messages/@original", {…})`"""

    async def send(method, view, path="", body=None):
        return await api(method, f"/webhooks/{fake.application_id}/{view.entity.token}{path}", body)

    return send


async def test_the_payload_names_everything_a_bot_needs(fake, guild, alice, bob, room, connect):
    socket = await connect()
    await socket.identify(fake.token, 1)
    await alice.runs("/room public", name="x", limit="3", friend="bob")
    sent = await socket.event("INTERACTION_CREATE")

    public = sent["data"]["options"][0]
    assert [(o["name"], o["value"]) for o in public["options"]] == [
        ("name", "x"),
        ("limit", 3),
        ("friend", bob.id),
    ]
    assert sent["data"]["resolved"]["users"][bob.id]["username"] == "bob"
    assert sent["member"]["user"]["id"] == alice.id
    assert sent["channel"]["id"] == sent["channel_id"] == guild.channel("general").id


@pytest.mark.parametrize(("after", "code"), [(3.0, 0), (3.001, 10062)], ids=["in time", "too late"])
async def test_an_answer_is_due_within_three_seconds(fake, alice, room, answer, after, code):
    view = await alice.runs("/room public", name="x")
    fake.clock.advance(after)

    assert (await answer(view, 4, {"content": "hi"})).code == code


async def test_a_second_answer_is_40060(alice, room, answer):
    view = await alice.runs("/room public", name="x")
    await answer(view, 5)

    assert (await answer(view, 4, {"content": "hi"})).code == 40060


async def test_a_wrong_token_is_unknown(alice, room, api):
    view = await alice.runs("/room public", name="x")
    refused = await api("POST", f"/interactions/{view.id}/wrong/callback", {"type": 5})

    assert refused.code == 10062
    assert not view.acknowledged


@pytest.mark.parametrize(
    ("after", "code"), [(899.0, 0), (901.0, 50027)], ids=["in time", "too late"]
)
async def test_a_token_lasts_fifteen_minutes(fake, alice, room, answer, hook, after, code):
    view = await alice.runs("/room public", name="x")
    await answer(view, 4, {"content": "hi"})
    fake.clock.advance(after)

    assert (await hook("POST", view, body={"content": "more"})).code == code


async def test_a_follow_up_before_any_answer_is_10015(alice, room, hook):
    view = await alice.runs("/room public", name="x")

    assert (await hook("POST", view, body={"content": "more"})).code == 10015


async def test_the_first_follow_up_fills_in_is_thinking(guild, alice, room, answer, hook):
    view = await alice.runs("/room public", name="x")
    waiting = await answer(view, 5, {"flags": 64})
    thinking = alice.reads()
    await hook("POST", view, body={"content": "done"})
    await hook("POST", view, body={"content": "and more"})

    assert waiting.body["interaction"]["response_message_loading"] is True
    assert thinking == "bot (only alice sees this) is thinking…"
    assert alice.reads() == "bot (only alice sees this): done\nbot: and more"


async def test_the_original_is_read_edited_and_deleted(alice, room, answer, hook):
    view = await alice.runs("/room public", name="x")
    await answer(view, 4, {"content": "one"})
    read = await hook("GET", view, "/messages/@original")
    await hook("PATCH", view, "/messages/@original", {"content": "two"})
    edited = alice.reads()
    gone = await hook("DELETE", view, "/messages/@original")

    assert read.body["content"] == "one"
    assert edited == "bot: two (edited)"
    assert (gone.status, alice.reads()) == (204, "")
    assert (await hook("GET", view, "/messages/@original")).code == 10008


async def test_an_ephemeral_answer_is_found_by_its_token_only(
    guild, alice, bob, room, answer, hook, api
):
    view = await alice.runs("/room public", name="x")
    shown = await answer(view, 4, {"content": "psst", "flags": 64})
    message_id = shown.body["resource"]["message"]["id"]
    channel = f"/channels/{guild.channel('general').id}/messages"

    assert (await hook("GET", view, "/messages/@original")).body["content"] == "psst"
    assert (await api("GET", f"{channel}/{message_id}")).code == 10008
    assert (await api("GET", channel)).body == []
    assert bob.reads() == ""


async def test_a_click_may_change_its_message(alice, room, answer, api, guild):
    general = f"/channels/{guild.channel('general').id}/messages"
    await api("POST", general, {"content": "panel", "components": PANEL})
    view = await alice.clicks("Join")
    await answer(view, 7, {"content": "1 joined", "components": []})

    assert alice.reads() == "bot: 1 joined (edited)"
    assert view.reply is not None


async def test_a_disabled_button_and_one_that_is_not_there(alice, room, api, guild):
    general = f"/channels/{guild.channel('general').id}/messages"
    await api("POST", general, {"content": "panel", "components": PANEL})

    with pytest.raises(PeopleError, match="disabled"):
        await alice.clicks("Full")
    with pytest.raises(PeopleError, match="there are: Join, Full"):
        await alice.clicks("Leave")


async def test_a_modal_is_filled_in_by_label(fake, alice, room, answer, connect):
    socket = await connect()
    await socket.identify(fake.token, 1)
    view = await alice.runs("/room public", name="x")
    field = {"type": 4, "custom_id": "n", "label": "Name", "style": 1, "max_length": 5}
    modal = {"title": "Room", "custom_id": "m", "components": [{"type": 1, "components": [field]}]}
    await answer(view, 9, modal)
    with pytest.raises(PeopleError, match="must be 0 to 5 characters"):
        await alice.submits(view, {"Name": "too long"})
    with pytest.raises(PeopleError, match="must be filled in"):
        await alice.submits(view)
    sent = await alice.submits(view, {"Name": "den"})
    await answer(sent, 4, {"content": "named"})
    await socket.event("INTERACTION_CREATE")
    submitted = (await socket.event("INTERACTION_CREATE"))["data"]

    assert submitted["custom_id"] == "m"
    assert submitted["components"][0]["components"][0]["value"] == "den"
    assert (await sent.answered()).content == "named"


async def test_a_select_is_picked_by_label(fake, guild, alice, room, connect, api):
    socket = await connect()
    await socket.identify(fake.token, 1)
    options = [{"label": "Red", "value": "r"}, {"label": "Blue", "value": "b"}]
    select = {"type": 3, "custom_id": "colour", "options": options, "max_values": 2}
    general = f"/channels/{guild.channel('general').id}/messages"
    await api("POST", general, {"components": [{"type": 1, "components": [select]}]})
    await alice.picks("Blue", "r")
    sent = (await socket.event("INTERACTION_CREATE"))["data"]

    assert (sent["custom_id"], sent["values"]) == ("colour", ["b", "r"])
    with pytest.raises(PeopleError, match="no select"):
        await alice.picks("Green")


async def test_autocomplete_sends_what_is_typed_so_far(fake, guild, alice, api, connect):
    option = {"type": 3, "name": "q", "description": "d", "required": True, "autocomplete": True}
    command = {"name": "find", "description": "d", "options": [option]}
    await api("PUT", f"/applications/{fake.application_id}/commands", [command])
    socket = await connect()
    await socket.identify(fake.token, 1)

    async def offer():
        sent = await socket.event("INTERACTION_CREATE")
        focused = sent["data"]["options"][0]
        choices = [{"name": focused["value"] + "?", "value": "1"}]
        await api(
            "POST",
            f"/interactions/{sent['id']}/{sent['token']}/callback",
            {"type": 8, "data": {"choices": choices}},
        )
        return focused

    task = asyncio.create_task(offer())
    choices = await alice.completes("/find", "q", "lo")

    assert (await task)["focused"] is True
    assert choices == [{"name": "lo?", "value": "1"}]


async def test_an_answer_of_the_wrong_kind_is_50035(alice, room, answer):
    view = await alice.runs("/room public", name="x")
    refused = await answer(view, 8, {"choices": []})

    assert refused.code == 50035
    assert refused.body["errors"]["type"]["_errors"][0]["code"] == "BASE_TYPE_CHOICES"


async def test_callbacks_carry_no_bucket(alice, room, answer):
    view = await alice.runs("/room public", name="x")
    answered = await answer(view, 5)

    assert not [name for name in answered.headers if name.lower().startswith("x-ratelimit")]


async def test_nobody_answers(alice, room):
    view = await alice.runs("/room public", name="x")

    with pytest.raises(PeopleError, match="did not respond"):
        await view.answered(timeout=0.05)
