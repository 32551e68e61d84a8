"""People do what Discord's own client lets them do, and are told why not."""

from __future__ import annotations

import pytest

from fakecord import PeopleError, Permission

MODERATE = {
    "name": "moderate",
    "description": "d",
    "default_member_permissions": str(int(Permission.KICK_MEMBERS)),
}
SAY = {
    "name": "say",
    "description": "d",
    "options": [
        {"type": 3, "name": "text", "description": "d", "required": True, "max_length": 5},
        {
            "type": 3,
            "name": "tone",
            "description": "d",
            "choices": [{"name": "Loud", "value": "l"}, {"name": "Soft", "value": "s"}],
        },
        {"type": 4, "name": "times", "description": "d", "min_value": 1, "max_value": 3},
        {"type": 7, "name": "where", "description": "d", "channel_types": [2]},
    ],
}


@pytest.fixture
async def commands(fake, guild, api):
    await api("PUT", f"/applications/{fake.application_id}/commands", [SAY, MODERATE])


async def test_a_full_channel_lets_nobody_else_in(guild, alice, bob):
    carol = guild.member("carol")
    await guild.channel("Lobby").edit(user_limit=1)
    await bob.joins("Lobby")

    with pytest.raises(PeopleError, match=r"full \(1 of 1\)"):
        await carol.joins("Lobby")
    await alice.joins("Lobby")
    assert guild.channel("Lobby").occupants == ["bob", "alice"]


async def test_a_forbidden_channel_is_not_entered(guild, alice, bob):
    await guild.channel("Lobby").overwrite("@everyone", deny=Permission.CONNECT)

    with pytest.raises(PeopleError, match="may not connect"):
        await bob.joins("Lobby")
    assert bob.voice is None


async def test_a_hidden_channel_does_not_exist_for_bob(guild, alice, bob):
    guild.add_channel("den")
    await guild.channel("den").overwrite("@everyone", deny=Permission.VIEW_CHANNEL)
    await alice.types("secret", channel="den")

    assert not bob.sees("den")
    with pytest.raises(PeopleError, match="cannot see"):
        bob.reads("den")
    with pytest.raises(PeopleError, match="cannot see"):
        await bob.types("hi", channel="den")
    assert alice.reads("den") == "alice: secret"


async def test_moving_and_leaving_need_a_seat(alice):
    for refused in (alice.leaves(), alice.moves("Lobby"), alice.mutes()):
        with pytest.raises(PeopleError, match="not in voice"):
            await refused


async def test_an_unknown_command_names_those_there_are(alice, commands):
    with pytest.raises(PeopleError, match="no command /sai; there are: /moderate, /say"):
        await alice.runs("/sai")


async def test_a_command_for_moderators_is_offered_to_nobody_else(guild, alice, bob, commands):
    assert bob.commands() == ["/say"]
    with pytest.raises(PeopleError, match="no command /moderate"):
        await bob.runs("/moderate")
    assert await alice.runs("/moderate")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        pytest.param({}, "needs the option 'text'", id="missing"),
        pytest.param({"text": "x", "colour": 1}, "no option 'colour'", id="unknown"),
        pytest.param({"text": "longer"}, "0 to 5 characters", id="too long"),
        pytest.param({"text": "x", "tone": "flat"}, r"no choice .*Loud, Soft", id="no choice"),
        pytest.param({"text": "x", "times": "two"}, "whole number", id="no number"),
        pytest.param({"text": "x", "times": 4}, "from 1 to 3", id="too large"),
        pytest.param({"text": "x", "where": "general"}, "wanted type", id="wrong channel"),
        pytest.param({"text": "x", "where": "attic"}, 'no channel "attic"', id="unknown channel"),
    ],
)
async def test_wrong_options_never_reach_the_bot(fake, alice, commands, given, words):
    with pytest.raises(PeopleError, match=words):
        await alice.runs("/say", given)
    assert fake.core.world.interactions == {}


async def test_options_may_be_typed_behind_the_command(alice, commands):
    view = await alice.runs("/say text:a b tone:Soft times:2")

    sent = {each["name"]: each["value"] for each in view.entity.data["options"]}
    assert sent == {"text": "a b", "tone": "s", "times": 2}


async def test_a_guild_command_hides_the_global_one_of_its_name(fake, guild, alice, api, commands):
    own = {"name": "say", "description": "here"}
    path = f"/applications/{fake.application_id}/guilds/{guild.id}/commands"
    await api("POST", path, own)

    view = await alice.runs("/say")
    assert view.entity.data["guild_id"] == guild.id


async def test_direct_messages_reach_who_takes_them(fake, guild, alice, bob, api):
    channel = (await api("POST", "/users/@me/channels", {"recipient_id": bob.id})).body
    said = await api("POST", f"/channels/{channel['id']}/messages", {"content": "hello"})
    bob.takes_direct_messages(False)
    refused = await api("POST", f"/channels/{channel['id']}/messages", {"content": "again"})

    assert (said.status, refused.code) == (200, 50007)
    assert bob.reads_direct() == "bot: hello"
    assert alice.reads_direct() == ""


async def test_who_quits_leaves_voice_first(fake, guild, alice, bob, connect):
    await bob.joins("Lobby")
    socket = await connect()
    await socket.identify(fake.token, 1 | 1 << 1 | 1 << 7)
    await bob.quits()
    heard = [each for each in await socket.settle() if "START_TIME" not in each]

    assert heard[-2:] == ["VOICE_STATE_UPDATE", "GUILD_MEMBER_REMOVE"]
    with pytest.raises(PeopleError, match="not a member"):
        await bob.joins("Lobby")


async def test_a_transcript_shows_embeds_and_controls(guild, alice, api):
    button = {"type": 2, "style": 1, "label": "Join", "custom_id": "j"}
    select = {"type": 3, "custom_id": "s", "options": [{"label": "Red", "value": "r"}]}
    rows = [{"type": 1, "components": [each]} for each in (button, select)]
    embed = {"title": "Game", "fields": [{"name": "When", "value": "now"}]}
    path = f"/channels/{guild.channel('general').id}/messages"
    await api("POST", path, {"content": "look", "embeds": [embed], "components": rows})

    assert guild.channel("general").transcript().splitlines() == [
        "bot: look",
        "  | Game",
        "  | When: now",
        "  [Join]",
        "  <select: Red>",
    ]


async def test_until_says_how_things_are_when_it_gives_up(fake, guild, alice):
    await alice.joins("Lobby")

    with pytest.raises(AssertionError, match="voice Lobby: alice"):
        await fake.until(lambda: False, timeout=0.05)
