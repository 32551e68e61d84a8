"""An unmodified discord.py logs in, works, is refused, and comes back after every kind of break."""

from __future__ import annotations

import asyncio

import discord
import pytest

from fakecord import Fault, Permission

CONNECT = discord.PermissionOverwrite(connect=True)


def with_room(bot):
    """`/room public name:`, which opens a voice channel."""
    group = discord.app_commands.Group(name="room", description="rooms")

    @group.command(description="open a room")
    async def public(interaction: discord.Interaction, name: str) -> None:
        await interaction.response.defer(ephemeral=True)
        assert interaction.guild
        assert isinstance(interaction.user, discord.Member)
        channel = await interaction.guild.create_voice_channel(
            name, overwrites={interaction.user: CONNECT}, reason="für alice"
        )
        await interaction.followup.send(f"opened {channel.name}")

    bot.tree.add_command(group)

    async def setup_hook() -> None:
        await bot.tree.sync()

    bot.setup_hook = setup_hook


async def test_a_command_opens_a_channel_and_answers_its_user_alone(fake, guild, alice, bob, bot):
    await bot(with_room)
    done = await alice.runs("/room public", name="x")
    reply = await done.answered()

    room = guild.channel("x").entity
    assert reply.text == "bot (only alice sees this): opened x"
    assert "opened x" not in bob.reads("general")
    assert [(o.id, o.allow) for o in room.overwrites] == [(alice.id, Permission.CONNECT)]
    assert fake.requests.matching("POST", "/guilds/{guild_id}/channels")[0].reason == "für alice"
    assert fake.unknown_routes == []


async def test_the_cache_follows_people_through_voice(fake, guild, alice, bob, bot):
    client = await bot()
    await alice.joins("Lobby")
    await bob.joins("Lobby")
    await bob.leaves()
    await fake.until(lambda: client.heard.count("VOICE_STATE_UPDATE") == 3)

    lobby = discord.utils.get(client.demo.voice_channels, name="Lobby")
    assert list(lobby.voice_states) == [int(alice.id)]


async def test_members_already_in_voice_are_in_the_first_snapshot(alice, bot):
    await alice.joins("Lobby")
    client = await bot()

    assert [m.name for m in client.demo.members] == ["bot", "alice"]


async def test_what_a_bot_says_of_itself_is_kept_with_its_session(fake, guild, bot):
    client = await bot()
    await client.change_presence(status=discord.Status.idle, activity=discord.Game("Chess"))
    (session,) = fake.gateway.sessions
    await fake.until(lambda: session.presence and session.presence["status"] == "idle")

    assert [each["name"] for each in session.presence["activities"]] == ["Chess"]


async def test_every_member_arrives_in_chunks_with_the_members_intent(guild, alice, bot):
    for number in range(30):
        guild.member(f"user{number}")
    client = await bot(members=True)

    assert client.demo.member_count == len(client.demo.members) == 32


async def test_what_the_bot_may_not_do_is_forbidden(guild, bot):
    client = await bot()
    guild.bot_may(Permission.VIEW_CHANNEL)

    with pytest.raises(discord.Forbidden) as refused:
        await client.demo.create_voice_channel("x")
    assert refused.value.code == 50013


async def test_a_small_bucket_is_waited_out(fake, guild, bot):
    client = await bot()
    fake.limits.set("POST /channels/{channel_id}/messages", 1, 0.2)
    general = client.demo.text_channels[0]
    await asyncio.gather(*(general.send(str(number)) for number in range(3)))

    assert guild.channel("general").transcript().count("bot:") == 3


async def test_a_429_is_obeyed_and_tried_again(fake, guild, bot):
    client = await bot()
    fake.limits.renames = fake.limits.default._replace(requests=1, seconds=0.3)
    lobby = client.demo.voice_channels[0]
    await lobby.edit(name="one")
    await lobby.edit(name="two")

    statuses = [r.status for r in fake.requests.matching("PATCH", "/channels/{channel_id}")]
    assert statuses == [200, 429, 200]
    assert guild.has_channel("two")


@pytest.mark.parametrize("how", ["drop", "abort", "reconnect", "invalid"])
async def test_what_happened_during_a_break_is_replayed(fake, guild, alice, bot, how):
    client = await bot()
    breaks = {
        "drop": fake.gateway.drop,
        "abort": fake.gateway.abort,
        "reconnect": fake.gateway.reconnect,
        "invalid": lambda: fake.gateway.invalidate(resumable=True),
    }
    await breaks[how]()
    await alice.joins("Lobby")
    await fake.until(lambda: fake.gateway.resumes == 1)
    await fake.until(lambda: "RESUMED" in client.heard)

    assert client.heard.count("VOICE_STATE_UPDATE") == 1
    assert client.heard.count("READY") == 1


async def test_a_dead_session_is_begun_anew(fake, alice, bot):
    client = await bot()
    await fake.gateway.invalidate(resumable=False)
    await alice.joins("Lobby")
    await fake.until(lambda: client.heard.count("READY") == 2)
    await fake.until(lambda: len(client.guilds) == 1 and client.demo.voice_channels)

    assert [m.name for m in client.demo.voice_channels[0].members] == ["alice"]


async def test_a_500_after_the_work_makes_two_channels_of_one_wish(fake, guild, bot, monkeypatch):
    """The reason why a bot needs an intent row and a reconciler."""
    client = await bot()
    monkeypatch.setattr("discord.http.asyncio.sleep", no_sleep(asyncio.sleep))
    fake.faults.add(Fault("POST", "/guilds/{guild_id}/channels", status=500, after=True))
    await client.demo.create_voice_channel("twice")

    assert guild.channel_names.count("twice") == 2


async def test_a_request_given_up_while_held_is_never_done(fake, guild, bot):
    client = await bot()
    fault = fake.faults.add(Fault("POST", "/guilds/{guild_id}/channels", hold=True))
    wish = asyncio.create_task(client.demo.create_voice_channel("never"))
    await fault.reached()
    wish.cancel()
    await fake.until(lambda: fault.held == 0)
    fault.release()
    await client.demo.create_voice_channel("after")

    assert not guild.has_channel("never")
    given_up, done = fake.requests.matching("POST", "/guilds/{guild_id}/channels")
    assert (given_up.done, given_up.status) == (False, None)
    assert done.done


async def test_a_wrong_token_is_refused(fake, guild, bot):
    await bot()
    client = discord.Client(intents=discord.Intents.none())

    with pytest.raises(discord.LoginFailure):
        await client.login("MTIz.Fakeco.wrong")
    await client.close()


async def test_an_outage_empties_the_cache_until_the_snapshot(fake, guild, alice, bob, bot):
    client = await bot()
    await alice.joins("Lobby")
    await bob.joins("Lobby")
    await guild.outage(True)
    await alice.leaves()
    await fake.until(lambda: "GUILD_DELETE" in client.heard)
    assert client.demo.unavailable
    await guild.outage(False)
    await fake.until(lambda: not client.demo.unavailable)

    assert client.heard.count("VOICE_STATE_UPDATE") == 2
    assert int(bob.id) in client.demo.voice_channels[0].voice_states


def no_sleep(sleep):
    """discord.py waits a second and more between its tries."""

    async def at_once(seconds, *more):
        await sleep(0, *more)

    return at_once
