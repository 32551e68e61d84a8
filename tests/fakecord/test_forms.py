"""Bodies that are wrong: 50035 with Discord's nested errors, and limits with their own codes."""

from __future__ import annotations

import pytest

EMBED = {"title": "x" * 256, "description": "y" * 4096}


def error_at(answer, path):
    """The code at that place of the nested errors."""
    found = answer.body["errors"]
    for step in path.split("."):
        found = found[step]
    return found["_errors"][0]["code"]


def buttons(count, **more):
    return [
        {"type": 2, "style": 1, "label": str(n), "custom_id": str(n)} | more for n in range(count)
    ]


def row(*components):
    return {"type": 1, "components": list(components)}


@pytest.mark.parametrize(
    ("body", "path", "code"),
    [
        pytest.param({}, "name", "BASE_TYPE_REQUIRED", id="no name"),
        pytest.param({"name": ""}, "name", "BASE_TYPE_BAD_LENGTH", id="empty name"),
        pytest.param({"name": "x" * 101}, "name", "BASE_TYPE_BAD_LENGTH", id="101 characters"),
        pytest.param({"name": "x", "nme": 1}, "nme", "UNKNOWN_FIELD", id="unknown field"),
        pytest.param({"name": "x", "type": 9}, "type", "BASE_TYPE_CHOICES", id="unknown type"),
        pytest.param({"name": "x", "user_limit": 100}, "user_limit", "NUMBER_TYPE_MAX", id="limit"),
        pytest.param({"name": "x", "bitrate": 1}, "bitrate", "NUMBER_TYPE_MIN", id="bitrate"),
        pytest.param(
            {"name": "x", "parent_id": "1"}, "parent_id", "CHANNEL_PARENT_INVALID", id="parent"
        ),
        pytest.param(
            {"name": "x", "parent_id": "abc"}, "parent_id", "NUMBER_TYPE_COERCE", id="no id"
        ),
        pytest.param(
            {"name": "x", "permission_overwrites": [{"id": "1", "type": 5}]},
            "permission_overwrites.0.type",
            "NUMBER_TYPE_MAX",
            id="nested",
        ),
    ],
)
async def test_a_wrong_channel_is_refused_at_the_field(guild, api, body, path, code):
    answer = await api("POST", f"/guilds/{guild.id}/channels", body)

    assert (answer.status, answer.code) == (400, 50035)
    assert error_at(answer, path) == code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param({"content": "x" * 2000}, 0, id="2,000 characters"),
        pytest.param({"content": "x" * 2001}, 50035, id="2,001"),
        pytest.param({"embeds": [EMBED, {"description": "z" * 1648}]}, 0, id="6,000 in embeds"),
        pytest.param({"embeds": [EMBED, {"description": "z" * 1649}]}, 50035, id="6,001"),
        pytest.param({"embeds": [{"title": "x"}] * 11}, 50035, id="11 embeds"),
        pytest.param(
            {"embeds": [{"fields": [{"name": "n", "value": "v"}] * 26}]}, 50035, id="26 fields"
        ),
        pytest.param({"components": [row(*buttons(5))]}, 0, id="5 buttons"),
        pytest.param({"components": [row(*buttons(6))]}, 50035, id="6 buttons"),
        pytest.param(
            {"components": [row(*buttons(1, custom_id=str(n))) for n in range(6)]},
            50035,
            id="6 rows",
        ),
        pytest.param({"components": [row(*buttons(2, custom_id="a"))]}, 50035, id="same custom_id"),
        pytest.param({"components": buttons(1)}, 50035, id="a button without a row"),
        pytest.param({"content": "x", "flags": 64}, 50035, id="ephemeral without interaction"),
        pytest.param(
            {"content": "x", "flags": 1 << 15, "components": [{"type": 10, "content": "y"}]},
            50035,
            id="content beside Components V2",
        ),
        pytest.param(
            {
                "flags": 1 << 15,
                "components": [{"type": 17, "components": [{"type": 10, "content": "y"}]}],
            },
            0,
            id="Components V2",
        ),
        pytest.param(
            {"content": "x", "message_reference": {"message_id": "1"}}, 50035, id="reply to nothing"
        ),
    ],
)
async def test_a_message_has_its_limits(guild, api, body, code):
    answer = await api("POST", f"/channels/{guild.channel('general').id}/messages", body)

    assert answer.code == code


@pytest.mark.parametrize(("many", "code"), [(25, 0), (26, 50035)], ids=["25", "26"])
async def test_a_select_has_25_options(guild, api, many, code):
    options = [{"label": str(n), "value": str(n)} for n in range(many)]
    select = {"type": 3, "custom_id": "s", "options": options}
    path = f"/channels/{guild.channel('general').id}/messages"

    assert (await api("POST", path, {"components": [row(select)]})).code == code


async def test_a_guild_has_500_channels(guild, api):
    for number in range(500 - len(guild.channels) - 1):
        guild.add_channel(f"c{number}", "voice")
    path = f"/guilds/{guild.id}/channels"

    assert (await api("POST", path, {"name": "the 500th", "type": 2})).status == 201
    assert (await api("POST", path, {"name": "one more", "type": 2})).code == 30013


async def test_a_category_has_50_channels(guild, api):
    attic = guild.add_channel("attic", "category")
    for number in range(49):
        guild.add_channel(f"c{number}", "voice", category="attic")
    body = {"name": "x", "type": 2, "parent_id": attic.id}
    fits = await api("POST", f"/guilds/{guild.id}/channels", body)
    full = await api("POST", f"/guilds/{guild.id}/channels", body)
    moved = await api("PATCH", f"/channels/{guild.channel('Lobby').id}", {"parent_id": attic.id})

    assert fits.status == 201
    assert error_at(full, "parent_id") == "CHANNEL_PARENT_MAX_CHANNELS"
    assert error_at(moved, "parent_id") == "CHANNEL_PARENT_MAX_CHANNELS"


async def test_a_guild_has_250_roles(guild, api):
    for number in range(248):
        guild.role(f"r{number}")

    assert (await api("POST", f"/guilds/{guild.id}/roles", {"name": "x"})).code == 30005


@pytest.mark.parametrize(
    ("command", "path"),
    [
        pytest.param({"name": "Upper", "description": "d"}, "0.name", id="upper case"),
        pytest.param({"name": "x"}, "0.description", id="no description"),
        pytest.param(
            {
                "name": "x",
                "description": "d",
                "options": [
                    {"type": 3, "name": "a", "description": "d"},
                    {"type": 3, "name": "b", "description": "d", "required": True},
                ],
            },
            "0.options.1",
            id="required after optional",
        ),
    ],
)
async def test_a_wrong_command_is_refused_at_the_field(fake, guild, api, command, path):
    answer = await api("PUT", f"/applications/{fake.application_id}/commands", [command])

    assert answer.code == 50035
    assert error_at(answer, path)


async def test_a_command_keeps_its_id_when_it_is_put_again(fake, guild, api):
    path = f"/applications/{fake.application_id}/commands"
    first = (await api("PUT", path, [{"name": "x", "description": "d"}])).body[0]
    again = (await api("PUT", path, [{"name": "x", "description": "e"}])).body[0]
    gone = await api("PUT", path, [])

    assert again["id"] == first["id"]
    assert again["version"] != first["version"]
    assert gone.body == (await api("GET", path)).body == []


async def test_invalid_json_is_50109(fake, guild, http):
    headers = {"Authorization": f"Bot {fake.token}", "Content-Type": "application/json"}
    url = f"{fake.api_url}/guilds/{guild.id}/channels"
    async with http.post(url, data=b"{", headers=headers) as response:
        assert (await response.json())["code"] == 50109


async def test_an_unknown_route_is_loud(fake, api, caplog):
    answer = await api("POST", "/guilds/1/nonsense", {})

    assert answer.status == 404
    assert "POST /guilds/1/nonsense" in answer.body["message"]
    assert fake.unknown_routes == ["POST /guilds/1/nonsense"]
    assert "no route POST /guilds/1/nonsense" in caplog.text


async def test_json_is_sent_as_nothing_but_json(api):
    assert (await api("GET", "/users/@me")).headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("token", ["", "Bot wrong", "Bearer x"])
async def test_without_the_bots_token_there_is_nothing(api, token):
    answer = await api("GET", "/users/@me", headers={"Authorization": token})

    assert (answer.status, answer.body) == (401, {"message": "401: Unauthorized", "code": 0})
