"""How much is too much: the last that goes, and the first that is refused."""

from __future__ import annotations

import pytest

from fakecord.clock import iso
from fakecord.entities import Channel, ChannelType, Command, Message, Reaction, Role, Thread
from fakecord.guild_entities import Invite, ScheduledEvent, Webhook

TEXT = "/channels/{general}/messages"
CHANNELS = "/guilds/{guild}/channels"
COMMANDS = "/applications/{app}/commands"
CUSTOM_EMOJIS = [f"tea:{number}" for number in range(100, 130)]


def channels(state, many, **more):
    guild = state.guild.id
    return [
        Channel(id=str(9000 + n), guild_id=guild, type=0, name=f"x{n}", **more) for n in range(many)
    ]


def in_category(state, many):
    home = next(each for each in state.channels.values() if each.type == ChannelType.CATEGORY)
    inside = sum(each.parent_id == home.id for each in state.channels.values())
    return channels(state, many - inside, parent_id=home.id)


def roles(state, many):
    return [Role(id=str(9000 + n), guild_id=state.guild.id, name="r") for n in range(many)]


def general(state):
    return next(each for each in state.channels.values() if each.name == "general")


def pins(state, many):
    place = general(state)
    return [
        Message(
            id=str(9000 + n), channel_id=place.id, guild_id=state.guild.id, author_id="1",
            content="x", pinned_at=1.0,
        )
        for n in range(many)
    ]  # fmt: skip


def webhooks(state, many):
    place = general(state)
    return [
        Webhook(
            id=str(9000 + n), guild_id=state.guild.id, channel_id=place.id, name="h", token="t",
            creator_id=state.guild.owner_id,
        )
        for n in range(many)
    ]  # fmt: skip


def invites(state, many):
    place = general(state)
    return [
        Invite(
            code=f"c{n}", guild_id=state.guild.id, channel_id=place.id, created_at=4e9,
            inviter_id=state.guild.owner_id,
        )
        for n in range(many)
    ]  # fmt: skip


def events(state, many):
    return [
        ScheduledEvent(
            id=str(9000 + n), guild_id=state.guild.id, name="e", entity_type=3, start=4e9, end=5e9,
            location="here", creator_id=state.guild.owner_id,
        )
        for n in range(many)
    ]  # fmt: skip


def threads(state, many):
    place = general(state)
    return [
        Thread(
            id=str(9000 + n), guild_id=state.guild.id, type=11, name="t", parent_id=place.id,
            owner_id=state.guild.owner_id, created_at=1.0, archived_at=4e9,
        )
        for n in range(many)
    ]  # fmt: skip


def reacted(state, many):
    """One message with so many emojis."""
    found = tuple(Reaction(emoji=each, user_ids=("1",)) for each in CUSTOM_EMOJIS[:many])
    return [
        Message(
            id="9000", channel_id=general(state).id, guild_id=state.guild.id, author_id="1",
            content="x", reactions=found,
        )
    ]  # fmt: skip


def commands(state, many):
    return [
        Command(id=str(9000 + n), guild_id=None, version="1", name=f"c{n}", type=1, definition={})
        for n in range(many)
    ]


EVENT = {
    "name": "e", "privacy_level": 2, "scheduled_start_time": "2099-01-01T00:00:00Z",
    "scheduled_end_time": "2099-01-02T00:00:00Z", "entity_type": 3,
    "entity_metadata": {"location": "here"},
}  # fmt: skip
FULL = {
    "500 channels": (channels, 500, "POST", CHANNELS, {"name": "x"}, 30013),
    "50 in a category": (
        in_category, 50, "POST", CHANNELS, {"name": "x", "parent_id": "{category}"}, 50035,
    ),
    "250 roles": (roles, 250, "POST", "/guilds/{guild}/roles", {}, 30005),
    "250 pins": (pins, 250, "PUT", "/channels/{general}/messages/pins/{said}", None, 30003),
    "15 webhooks": (webhooks, 15, "POST", "/channels/{general}/webhooks", {"name": "h"}, 30007),
    "1000 invites": (
        invites, 1000, "POST", "/channels/{general}/invites", {"unique": True}, 30016,
    ),
    "100 events": (events, 100, "POST", "/guilds/{guild}/scheduled-events", EVENT, 30038),
    "1000 active threads": (
        threads, 1000, "POST", "/channels/{general}/threads", {"name": "t", "type": 11}, 160006,
    ),
    "20 reactions": (
        reacted, 20, "PUT", TEXT + "/9000/reactions/tea:999/@me", None, 30010,
    ),
    "100 commands": (
        commands, 100, "POST", COMMANDS, {"name": "one-more", "description": "x"}, 30032,
    ),
}  # fmt: skip
THERE_ALREADY = {channels: 4, roles: 2}


@pytest.mark.parametrize("full", [False, True], ids=["the last", "one too many"])
@pytest.mark.parametrize("row", FULL.values(), ids=FULL.keys())
async def test_what_is_full_takes_no_more(fake, guild, alice, api, row, full):
    make, many, method, path, body, code = row
    said = await alice.types("hello")
    fill(fake, make(guild.state, many - THERE_ALREADY.get(make, 0) - (not full)))
    names = placed(fake, guild) | {"said": said.id}
    answer = await api(method, filled(path, names), filled(body, names))

    assert (answer.code if answer.status >= 400 else 0) == (code if full else 0), answer.body


def fill(fake, entities):
    step = fake.core.step()
    step.put(*entities)
    fake.core.commit(step)


def placed(fake, guild):
    category = next(each.id for each in guild.channels if each.name == "Text")
    place = guild.channel("general").id
    return {"guild": guild.id, "general": place, "category": category, "app": fake.application_id}


def filled(given, names):
    if isinstance(given, dict):
        return {key: filled(value, names) for key, value in given.items()}
    if isinstance(given, str):
        for name, value in names.items():
            given = given.replace(f"{{{name}}}", value)
    return given


def row(*components):
    return {"type": 1, "components": list(components)}


def button(number=0, **more):
    return {"type": 2, "style": 1, "label": "b", "custom_id": f"b{number}"} | more


def select(many=1, **more):
    options = [{"label": str(n), "value": str(n)} for n in range(many)]
    return {"type": 3, "custom_id": "s", "options": options} | more


def command(**more):
    return {"name": "ping", "description": "x"} | more


def option(number=0, **more):
    return {"type": 3, "name": f"o{number}", "description": "x"} | more


def embed(**more):
    return {"embeds": [{"title": "x"} | more]}


def field(name="n", value="v"):
    return {"fields": [{"name": name, "value": value}]}


# What is asked, the last that is allowed, the first that is refused.
SIZES = {
    "content": (TEXT, {"content": "x" * 2000}, {"content": "x" * 2001}),
    "embeds": (TEXT, {"embeds": [{"title": "x"}] * 10}, {"embeds": [{"title": "x"}] * 11}),
    "all of an embed": (
        TEXT,
        {"embeds": [{"description": "x" * 4096}, {"description": "x" * 1904}]},
        {"embeds": [{"description": "x" * 4096}, {"description": "x" * 1905}]},
    ),
    "an embed's title": (TEXT, embed(title="x" * 256), embed(title="x" * 257)),
    "its description": (TEXT, embed(description="x" * 4096), embed(description="x" * 4097)),
    "its fields": (
        TEXT,
        embed(fields=[{"name": "n", "value": "v"}] * 25),
        embed(fields=[{"name": "n", "value": "v"}] * 26),
    ),
    "a field's name": (TEXT, embed(**field("x" * 256)), embed(**field("x" * 257))),
    "a field without a name": (TEXT, embed(**field("n")), embed(**field(""))),
    "a field's value": (TEXT, embed(**field("n", "x" * 1024)), embed(**field("n", "x" * 1025))),
    "its footer": (
        TEXT, embed(footer={"text": "x" * 2048}), embed(footer={"text": "x" * 2049}),
    ),
    "its author": (TEXT, embed(author={"name": "x" * 256}), embed(author={"name": "x" * 257})),
    "its color": (TEXT, embed(color=0xFFFFFF), embed(color=0x1000000)),
    "rows": (
        TEXT,
        {"components": [row(button(n)) for n in range(5)]},
        {"components": [row(button(n)) for n in range(6)]},
    ),
    "buttons": (
        TEXT,
        {"components": [row(*map(button, range(5)))]},
        {"components": [row(*map(button, range(6)))]},
    ),
    "a button's label": (
        TEXT,
        {"components": [row(button(label="x" * 80))]},
        {"components": [row(button(label="x" * 81))]},
    ),
    "a custom_id": (
        TEXT,
        {"components": [row(button(custom_id="x" * 100))]},
        {"components": [row(button(custom_id="x" * 101))]},
    ),
    "a custom_id twice": (
        TEXT,
        {"components": [row(button(1)), row(button(2))]},
        {"components": [row(button(1)), row(button(1))]},
    ),
    "a select beside a button": (
        TEXT,
        {"components": [row(select()), row(button())]},
        {"components": [row(select(), button())]},
    ),
    "a select's options": (
        TEXT, {"components": [row(select(25))]}, {"components": [row(select(26))]},
    ),
    "a select's placeholder": (
        TEXT,
        {"components": [row(select(placeholder="x" * 150))]},
        {"components": [row(select(placeholder="x" * 151))]},
    ),
    "what a select asks for": (
        TEXT,
        {"components": [row(select(3, min_values=0, max_values=3))]},
        {"components": [row(select(3, min_values=0, max_values=26))]},
    ),
    "an option's label": (
        TEXT,
        {"components": [row(select(options=[{"label": "x" * 100, "value": "v"}]))]},
        {"components": [row(select(options=[{"label": "x" * 101, "value": "v"}]))]},
    ),
    "a nonce": (TEXT, {"content": "x", "nonce": "n" * 25}, {"content": "x", "nonce": "n" * 26}),
    "a channel's name": (CHANNELS, {"name": "x" * 100}, {"name": "x" * 101}),
    "no name": (CHANNELS, {"name": "x"}, {"name": ""}),
    "a topic": (
        CHANNELS, {"name": "x", "topic": "x" * 1024}, {"name": "x", "topic": "x" * 1025},
    ),
    "slow mode": (
        CHANNELS,
        {"name": "x", "rate_limit_per_user": 21600},
        {"name": "x", "rate_limit_per_user": 21601},
    ),
    "a user limit": (
        CHANNELS,
        {"name": "x", "type": 2, "user_limit": 99},
        {"name": "x", "type": 2, "user_limit": 100},
    ),
    "a bitrate": (
        CHANNELS,
        {"name": "x", "type": 2, "bitrate": 8000},
        {"name": "x", "type": 2, "bitrate": 7999},
    ),
    "a role's name": ("/guilds/{guild}/roles", {"name": "x" * 100}, {"name": "x" * 101}),
    "a command's name": (COMMANDS, command(name="x" * 32), command(name="x" * 33)),
    "a command in capitals": (COMMANDS, command(name="ping"), command(name="Ping")),
    "a command with a space": (COMMANDS, command(name="pi-ng"), command(name="pi ng")),
    "a command's description": (
        COMMANDS, command(description="x" * 100), command(description="x" * 101),
    ),
    "options": (
        COMMANDS,
        command(options=[option(n) for n in range(25)]),
        command(options=[option(n) for n in range(26)]),
    ),
    "an option's name": (
        COMMANDS,
        command(options=[option(name="x" * 32)]),
        command(options=[option(name="x" * 33)]),
    ),
    "choices": (
        COMMANDS,
        command(options=[option(choices=[{"name": str(n), "value": "v"} for n in range(25)])]),
        command(options=[option(choices=[{"name": str(n), "value": "v"} for n in range(26)])]),
    ),
    "a choice's name": (
        COMMANDS,
        command(options=[option(choices=[{"name": "x" * 100, "value": "v"}])]),
        command(options=[option(choices=[{"name": "x" * 101, "value": "v"}])]),
    ),
    "required after optional": (
        COMMANDS,
        command(options=[option(1, required=True), option(2)]),
        command(options=[option(1), option(2, required=True)]),
    ),
    "a webhook's name": (
        "/channels/{general}/webhooks", {"name": "x" * 80}, {"name": "x" * 81},
    ),
    "a webhook called discord": (
        "/channels/{general}/webhooks", {"name": "disco"}, {"name": "discord"},
    ),
    "an event's name": (
        "/guilds/{guild}/scheduled-events", EVENT | {"name": "x" * 100}, EVENT | {"name": "x" * 101},
    ),
    "a thread's name": (
        "/channels/{general}/threads",
        {"name": "x" * 100, "type": 11},
        {"name": "x" * 101, "type": 11},
    ),
}  # fmt: skip


@pytest.mark.parametrize("asked", SIZES.values(), ids=SIZES.keys())
async def test_one_more_than_allowed_is_refused_and_one_less_is_not(fake, guild, alice, api, asked):
    path, allowed, refused = asked
    path = filled(path, placed(fake, guild))
    too_much = await api("POST", path, refused)
    enough = await api("POST", path, allowed)

    assert (too_much.status, too_much.code) == (400, 50035), too_much.body
    assert enough.status < 300, enough.body
    assert too_much.body["errors"]


async def test_a_status_has_500_characters_and_a_reason_512(guild, api):
    lobby = guild.channel("Lobby").id
    path = f"/channels/{lobby}/voice-status"
    statuses = [(await api("PUT", path, {"status": "x" * many})).code for many in (500, 501)]
    reasons = [
        (
            await api("PATCH", f"/channels/{lobby}", {}, headers={"X-Audit-Log-Reason": "x" * many})
        ).status
        for many in (512, 513)
    ]

    assert statuses == [0, 50035]
    assert reasons == [200, 400]


@pytest.mark.parametrize(
    ("many", "code"), [(1, 50016), (2, 0), (100, 0), (101, 50016)], ids=["1", "2", "100", "101"]
)
async def test_two_to_a_hundred_messages_are_deleted_at_once(fake, guild, api, many, code):
    ids = [str(fake.core.ids.next(fake.clock.now())) for _ in range(many)]
    path = f"/channels/{guild.channel('general').id}/messages/bulk-delete"
    answer = await api("POST", path, {"messages": ids})

    assert (answer.code if answer.status >= 400 else 0) == code


async def test_messages_of_two_weeks_ago_are_not_deleted_at_once(guild, api):
    path = f"/channels/{guild.channel('general').id}/messages/bulk-delete"

    assert (await api("POST", path, {"messages": ["1", "2"]})).code == 50034


@pytest.mark.parametrize(
    ("days", "status"), [(28, 200), (28.01, 400)], ids=["28 days", "a bit more"]
)
async def test_a_timeout_is_28_days_long_at_most(fake, guild, alice, bob, api, days, status):
    fake.clock.freeze(1_800_000_000.0)
    until = 1_800_000_000.0 + days * 86_400
    text = iso(until)
    path = f"/guilds/{guild.id}/members/{bob.id}"

    assert (await api("PATCH", path, {"communication_disabled_until": text})).status == status


async def test_a_nonce_that_is_enforced_says_it_once_in_a_channel_for_some_minutes(
    fake, guild, api
):
    fake.clock.freeze()
    guild.add_channel("other")

    async def say(channel, enforce=True, text="x"):
        body = {"content": text, "nonce": "n", "enforce_nonce": enforce}
        return (await api("POST", f"/channels/{guild.channel(channel).id}/messages", body)).body

    first, again = await say("general"), await say("general", text="y")
    loose, elsewhere = await say("general", enforce=False), await say("other")
    fake.clock.advance(301)
    later = await say("general")

    assert (again["id"], again["content"]) == (first["id"], "x")
    assert len({each["id"] for each in (first, loose, elsewhere, later)}) == 4
