"""Threads, as an unmodified discord.py starts, joins, lists and closes them."""

from __future__ import annotations

import discord
import pytest

from fakecord import PeopleError, Permission


@pytest.fixture
async def client(bot):
    return await bot(members=True)


@pytest.fixture
def general(client):
    return client.demo.text_channels[0]


async def heard(fake, client, name, count=1):
    await fake.until(lambda: client.heard.count(name) >= count)


async def test_a_thread_is_started_from_a_message(fake, guild, alice, client, general):
    said = await alice.types("What about tonight?")
    message = await general.fetch_message(int(said.id))
    thread = await message.create_thread(name="Tonight", auto_archive_duration=60)
    await thread.send("nine o'clock")
    again = await general.fetch_message(int(said.id))

    assert thread.id == message.id
    assert (again.flags.has_thread, again.thread.name) == (True, "Tonight")
    assert guild.channel("Tonight").transcript() == (
        "(alice said what this thread is about)\nbot: nine o'clock"
    )
    assert (await client.fetch_channel(thread.id)).total_message_sent == 1


async def test_a_thread_without_a_message_is_told_of_in_its_channel(guild, alice, client, general):
    thread = await general.create_thread(name="Plans", type=discord.ChannelType.public_thread)

    assert alice.reads("general") == "(bot started the thread Plans)"
    assert thread.owner_id == client.user.id
    assert guild.channel("Plans").members == ["bot"]


async def test_a_private_thread_is_for_its_members(fake, guild, alice, bob, client, general):
    guild.member("carol")
    await guild.channel("general").overwrite("bob", deny=Permission.MANAGE_THREADS)
    thread = await general.create_thread(name="secret", invitable=False)
    assert not bob.sees("secret")
    await thread.add_user(discord.Object(int(bob.id)))
    seen = bob.sees("secret")
    members = await thread.fetch_members()
    await thread.remove_user(discord.Object(int(bob.id)))

    assert seen
    assert {each.id for each in members} == {client.user.id, int(bob.id)}
    assert not bob.sees("secret")
    assert not guild.member("carol").sees("secret")


async def test_who_speaks_in_a_thread_is_in_it(fake, guild, alice, bob, client, general):
    made = await alice.starts_thread("Plans")
    await heard(fake, client, "THREAD_CREATE")
    await bob.types("hello", channel="Plans")
    await heard(fake, client, "THREAD_MEMBERS_UPDATE")

    assert made.members == ["alice", "bob"]
    assert [each.name for each in client.demo.threads] == ["Plans"]
    assert bob.reads("Plans") == "bob: hello"


async def test_a_thread_is_renamed_archived_locked_and_opened(guild, alice, client, general):
    thread = await general.create_thread(name="a", type=discord.ChannelType.public_thread)
    await thread.edit(name="b", slowmode_delay=5)
    await thread.edit(archived=True, locked=True)
    closed = guild.channel("b").entity
    with pytest.raises(discord.HTTPException) as refused:
        await thread.edit(name="c")
    await thread.edit(archived=False, locked=False, name="c")

    assert (closed.archived, closed.locked, closed.rate_limit_per_user) == (True, True, 5)
    assert refused.value.code == 50083
    assert guild.channel("c").transcript() == "(bot renamed this to b)\n(bot renamed this to c)"


async def test_writing_opens_an_archived_thread_again(guild, alice, bob, client, general):
    thread = await general.create_thread(name="a", type=discord.ChannelType.public_thread)
    await thread.edit(archived=True)
    await bob.types("still there?", channel="a")

    assert not guild.channel("a").entity.archived


async def test_a_locked_thread_is_for_moderators(guild, alice, bob, client, general):
    thread = await general.create_thread(name="a", type=discord.ChannelType.public_thread)
    await thread.edit(locked=True)
    guild.bot_may(Permission.VIEW_CHANNEL, Permission.SEND_MESSAGES_IN_THREADS)

    with pytest.raises(PeopleError, match="may not write"):
        await bob.types("me, too", channel="a")
    with pytest.raises(discord.HTTPException) as refused:
        await thread.send("x")
    assert refused.value.code == 160005


async def test_threads_are_listed(fake, guild, alice, client, general):
    names = ("one", "two", "three")
    kind = discord.ChannelType.public_thread
    made = [await general.create_thread(name=name, type=kind) for name in names]
    secret = await general.create_thread(name="secret")
    for thread in (*made[:2], secret):
        await thread.edit(archived=True)
        fake.clock.advance(1)
    active = await client.demo.active_threads()
    public = [each.name async for each in general.archived_threads(limit=2)]
    private = [each.name async for each in general.archived_threads(private=True)]
    joined = [each.name async for each in general.archived_threads(private=True, joined=True)]

    assert [each.name for each in active] == ["three"]
    assert public == ["two", "one"]
    assert (private, joined) == (["secret"], ["secret"])


async def test_active_threads_are_in_the_first_snapshot(guild, alice, bot):
    made = await alice.starts_thread("Plans")
    hidden = await alice.starts_thread("secret", private=True)
    await (await alice.starts_thread("over")).edit(archived=True)
    guild.bot_may(Permission.VIEW_CHANNEL)
    client = await bot()

    assert [each.id for each in client.demo.threads] == [int(made.id)]
    assert hidden.exists


async def test_leaving_joining_and_deleting(fake, guild, alice, client, general):
    thread = await general.create_thread(name="a", type=discord.ChannelType.public_thread)
    await thread.leave()
    left = guild.channel("a").members
    await thread.join()
    member = await thread.fetch_member(client.user.id)
    with pytest.raises(discord.NotFound) as refused:
        await thread.fetch_member(int(alice.id))
    await thread.delete()
    await heard(fake, client, "THREAD_DELETE")

    assert (left, member.id) == ([], client.user.id)
    assert refused.value.code == 10007
    assert guild.threads == []


async def test_a_post_in_a_forum_is_a_thread(guild, alice, bot):
    guild.add_channel("ideas", "forum")
    client = await bot()
    forum = client.demo.forums[0]
    made = await forum.create_thread(name="Teapots", content="more of them")

    assert made.thread.id == made.message.id
    assert guild.channel("Teapots").transcript() == "bot: more of them"


async def test_the_thread_goes_with_its_channel(guild, alice, client, general):
    await general.create_thread(name="a", type=discord.ChannelType.public_thread)
    await general.delete()

    assert guild.threads == []


async def test_a_command_is_run_in_a_thread(fake, guild, alice, bot):
    def ping(client):
        @client.tree.command(name="ping", description="x")
        async def answer(interaction):
            await interaction.response.send_message(f"in {interaction.channel}")

        client.setup_hook = client.tree.sync

    await bot(ping)
    await alice.starts_thread("Plans")
    reply = await (await alice.runs("/ping", channel="Plans")).answered()

    assert reply.text == "bot: in Plans"


async def test_what_is_done_to_threads_is_in_the_audit_log(guild, alice, client, general):
    kind = discord.ChannelType.public_thread
    thread = await general.create_thread(name="a", type=kind, reason="why")
    await thread.edit(archived=True, reason="done")
    entries = [each async for each in client.demo.audit_logs()][:2]
    actions = discord.AuditLogAction

    assert [each.action for each in entries] == [actions.thread_update, actions.thread_create]
    assert [each.reason for each in entries] == ["done", "why"]
    assert entries[0].target.id == thread.id
