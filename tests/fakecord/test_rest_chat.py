"""Direct messages, reactions, pins, webhooks and follow-ups, through discord.py."""

from __future__ import annotations

import io

import discord
import pytest

from fakecord import Permission


@pytest.fixture
async def client(bot):
    return await bot()


@pytest.fixture
def general(client):
    return client.demo.text_channels[0]


async def heard(fake, client, name, count=1):
    await fake.until(lambda: client.heard.count(name) >= count)


async def test_a_direct_message_goes_both_ways(fake, guild, alice, client):
    answered = []

    @client.event
    async def on_message(message):
        if message.guild is None and message.author != client.user:
            answered.append(await message.reply(f"you said {message.content}"))

    user = await client.fetch_user(int(alice.id))
    await user.send("hello")
    await alice.writes_to_bot("hi")
    await fake.until(lambda: answered)

    assert alice.reads_direct() == "bot: hello\nalice: hi\nbot: you said hi"
    assert [each.content async for each in user.dm_channel.history()] == [
        "you said hi",
        "hi",
        "hello",
    ]


async def test_who_takes_no_direct_messages_gets_none(guild, alice, client):
    alice.takes_direct_messages(False)
    user = await client.fetch_user(int(alice.id))

    with pytest.raises(discord.Forbidden) as refused:
        await user.send("hello")
    assert refused.value.code == 50007


async def test_reactions_come_and_go(fake, guild, alice, bob, client, general):
    said = await alice.types("tea?")
    message = await general.fetch_message(int(said.id))
    await bob.reacts("🍵", said)
    await heard(fake, client, "MESSAGE_REACTION_ADD")
    await message.add_reaction("🍵")
    await message.add_reaction("☕")
    shown = await general.fetch_message(int(said.id))
    users = [each.name async for each in shown.reactions[0].users()]
    text = guild.channel("general").transcript()
    await message.remove_reaction("🍵", discord.Object(int(bob.id)))
    await message.remove_reaction("☕", client.user)
    await heard(fake, client, "MESSAGE_REACTION_REMOVE", 2)
    left = (await general.fetch_message(int(said.id))).reactions

    assert [(str(each), each.count, each.me) for each in shown.reactions] == [
        ("🍵", 2, True),
        ("☕", 1, True),
    ]
    assert sorted(users) == ["bob", "bot"]
    assert text == "alice: tea?\n  🍵 2 ☕ 1"
    assert [str(each) for each in left] == ["🍵"]


async def test_reactions_are_cleared(fake, guild, alice, bob, client, general):
    said = await alice.types("tea?")
    message = await general.fetch_message(int(said.id))
    for emoji in ("🍵", "☕", "🫖"):
        await bob.reacts(emoji, said)
    await message.clear_reaction("☕")
    one = [each.emoji for each in said.entity.reactions]
    await message.clear_reactions()
    await heard(fake, client, "MESSAGE_REACTION_REMOVE_ALL")
    await bob.reacts("🍵", said)
    await bob.reacts("🍵", said, on=False)

    assert one == ["🍵", "🫖"]
    assert said.entity.reactions == ()


async def test_the_first_of_a_kind_takes_a_permission(guild, alice, bob, client, general):
    said = await alice.types("tea?")
    await bob.reacts("🍵", said)
    guild.everyone_may()
    guild.bot_may(Permission.VIEW_CHANNEL, Permission.READ_MESSAGE_HISTORY)
    message = await general.fetch_message(int(said.id))
    await message.add_reaction("🍵")

    with pytest.raises(discord.Forbidden) as refused:
        await message.add_reaction("☕")
    assert refused.value.code == 50013


@pytest.mark.parametrize(
    ("emoji", "code"), [("tea", 10014), ("🍵", 0), ("tea:123", 0), ("7", 10014)]
)
async def test_what_is_an_emoji(guild, alice, api, emoji, code):
    said = await alice.types("x")
    path = f"/channels/{said.channel_id}/messages/{said.id}/reactions/{emoji}/@me"

    assert (await api("PUT", path)).code == code


async def test_twenty_kinds_of_reactions_are_enough(guild, alice, bob, api):
    said = await alice.types("x")
    for number in range(20):
        await bob.reacts(chr(0x1F600 + number), said)
    path = f"/channels/{said.channel_id}/messages/{said.id}/reactions/🍵/@me"

    assert (await api("PUT", path)).code == 30010


async def test_messages_are_pinned_newest_first(fake, guild, alice, client, general):
    first, second = await alice.types("one"), await alice.types("two")
    for said in (second, first):
        await (await general.fetch_message(int(said.id))).pin(reason="look")
        fake.clock.advance(1)
    await heard(fake, client, "CHANNEL_PINS_UPDATE", 2)
    pinned = [each.content async for each in general.pins()]
    message = await general.fetch_message(int(first.id))
    marked = message.pinned
    await message.unpin()

    assert (pinned, marked) == (["one", "two"], True)
    assert [each.content async for each in general.pins()] == ["two"]
    assert alice.reads("general").count("(bot pinned a message)") == 2


async def test_the_old_routes_of_pins_still_serve(guild, alice, api):
    said = await alice.types("one")
    path = f"/channels/{said.channel_id}/pins"
    done = [await api("PUT", f"{path}/{said.id}"), await api("PUT", f"{path}/{said.id}")]
    listed = (await api("GET", path)).body
    await api("DELETE", f"{path}/{said.id}")

    assert [each.status for each in done] == [204, 204]
    assert [each["content"] for each in listed] == ["one"]
    assert (await api("GET", path)).body == []


async def test_pinning_has_a_permission_of_its_own(guild, alice, api):
    said = await alice.types("one")
    path = f"/channels/{said.channel_id}/messages/pins/{said.id}"
    guild.bot_may(Permission.VIEW_CHANNEL, Permission.MANAGE_MESSAGES)
    refused = await api("PUT", path)
    guild.bot_may(Permission.VIEW_CHANNEL, Permission.PIN_MESSAGES)

    assert (refused.code, (await api("PUT", path)).code) == (50013, 0)


async def test_messages_are_deleted_in_bulk(fake, guild, alice, client, general):
    ids = [discord.Object(int((await alice.types(str(number))).id)) for number in range(3)]
    await general.delete_messages(ids[:2], reason="spam")
    await heard(fake, client, "MESSAGE_DELETE_BULK")

    assert alice.reads("general") == "alice: 2"


async def test_old_messages_are_not_deleted_in_bulk(fake, guild, alice, api):
    fake.clock.freeze()
    ids = [(await alice.types(str(number))).id for number in range(2)]
    path = f"/channels/{guild.channel('general').id}/messages/bulk-delete"
    one = await api("POST", path, {"messages": ids[:1]})
    fake.clock.advance(15 * 86_400)
    old = await api("POST", path, {"messages": ids})

    assert (one.code, old.code) == (50016, 50034)


async def test_a_webhook_speaks_under_any_name(fake, guild, alice, client, general):
    hook = await general.create_webhook(name="News", reason="feeds")
    await heard(fake, client, "WEBHOOKS_UPDATE")
    said = await hook.send("extra!", username="The Times", wait=True)
    quiet = await hook.send("more", embed=discord.Embed(title="x"))
    await said.edit(content="extra, extra!")
    fetched = await hook.fetch_message(said.id)
    await hook.edit(name="Old news")

    assert quiet is None
    assert (fetched.author.name, fetched.webhook_id) == ("The Times", hook.id)
    assert alice.reads("general") == (
        "The Times: extra, extra! (edited)\nNews: more\n  | x".replace("News", "Old news")
    )
    assert [each.name for each in await general.webhooks()] == ["Old news"]
    assert [each.id for each in await client.demo.webhooks()] == [hook.id]


async def test_a_webhook_is_used_by_its_token_alone(guild, alice, http, fake, client, general):
    made = await general.create_webhook(name="News")
    alone = discord.Webhook.partial(made.id, made.token, session=http)
    await (await alone.send("x", wait=True)).delete()
    again = await alone.fetch()
    await alone.edit(name="N")
    await alone.delete()

    assert (again.name, again.user) == ("News", None)
    assert guild.state.webhooks == {}
    with pytest.raises(discord.NotFound) as gone:
        await alone.send("y")
    assert gone.value.code == 10015


async def test_a_wrong_token_is_refused(guild, alice, api, client, general):
    made = await general.create_webhook(name="News")

    assert (await api("POST", f"/webhooks/{made.id}/wrong", {"content": "x"})).code == 50027
    assert (await api("GET", f"/webhooks/{made.id}")).body["token"] == made.token
    assert (await api("POST", "/channels/1/webhooks", {"name": "x"})).code == 10003


async def test_a_webhook_speaks_in_a_thread(guild, alice, client, general):
    hook = await general.create_webhook(name="News")
    thread = await general.create_thread(name="a", type=discord.ChannelType.public_thread)
    said = await hook.send("in here", thread=thread, wait=True)
    await hook.edit_message(said.id, content="out here", thread=thread)
    await hook.delete_message(said.id, thread=thread)
    await hook.send("again", thread=thread)

    assert guild.channel("a").transcript() == "News: again"
    assert guild.channel("a").members == ["bot"]


@pytest.mark.parametrize("name", ["Clyde", "my Discord", "", "x" * 81])
async def test_names_a_webhook_may_not_have(guild, alice, api, name):
    path = f"/channels/{guild.channel('general').id}/webhooks"

    assert (await api("POST", path, {"name": name})).code == 50035


async def test_sixteen_webhooks_are_too_many(guild, alice, api):
    path = f"/channels/{guild.channel('general').id}/webhooks"
    made = [(await api("POST", path, {"name": f"n{number}"})).code for number in range(16)]

    assert made == [0] * 15 + [30007]


async def test_a_reply_quotes_and_a_file_is_described(guild, alice, client, general):
    said = await alice.types("look!")
    message = await general.fetch_message(int(said.id))
    file = discord.File(io.BytesIO(b"abc"), "a.txt", description="three letters")
    reply = await message.reply("where?", file=file, nonce=5)
    found = await general.fetch_message(reply.id)

    assert found.reference.resolved.content == "look!"
    assert [(each.filename, each.size, each.description) for each in found.attachments] == [
        ("a.txt", 3, "three letters")
    ]


async def test_a_follow_up_carries_files(guild, alice, bot):
    def report(client):
        @client.tree.command(name="report", description="x")
        async def answer(interaction):
            await interaction.response.defer()
            file = discord.File(io.BytesIO(b"abc"), "report.csv")
            await interaction.followup.send("here", file=file)
            again = await interaction.original_response()
            await again.edit(content="there", attachments=again.attachments)

        client.setup_hook = client.tree.sync

    await bot(report)
    done = await alice.runs("/report")
    await done.answered()
    await guild_settles(done)

    assert done.reply.text == "bot: there (edited)\n  <file report.csv>"


async def guild_settles(done):
    await done._core.pulse.until(lambda: done.reply.content == "there", 5.0)


async def test_typing_is_told(fake, guild, alice, client, general):
    async with general.typing():
        await general.send("x")
    await heard(fake, client, "TYPING_START")

    assert fake.requests.matching("POST", "/channels/{channel_id}/typing")
