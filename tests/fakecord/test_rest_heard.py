"""Which of the newer events a session hears: by its intents, and by what the bot may see."""

from __future__ import annotations

import pytest

from fakecord import Permission
from fakecord.intents import Intent


async def all_of_it(fake, guild, alice, bob, api):
    """One of everything, by people."""
    said = await alice.types("tea?")
    await bob.reacts("🍵", said)
    await bob.reacts("🍵", said, on=False)
    thread = await alice.starts_thread("Tea", said)
    await bob.joins_thread("Tea")
    await thread.edit(locked=True)
    await thread.delete()
    guild.plans_event("Raid", channel="Lobby")
    await bob.is_interested("Raid")
    general = f"/channels/{guild.channel('general').id}"
    await api("PUT", f"{general}/messages/pins/{said.id}")
    await api("POST", f"{general}/webhooks", {"name": "h"})
    await api("POST", f"{general}/invites", {})
    await api("PUT", f"/guilds/{guild.id}/bans/{bob.id}", {})


@pytest.mark.parametrize(
    ("intents", "heard"),
    [
        (0, []),
        (Intent.GUILD_MESSAGE_REACTIONS, ["MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE"]),
        (
            Intent.GUILDS,
            ["THREAD_CREATE", "THREAD_UPDATE", "THREAD_DELETE", "CHANNEL_PINS_UPDATE"],
        ),
        (
            Intent.GUILD_SCHEDULED_EVENTS,
            ["GUILD_SCHEDULED_EVENT_CREATE", "GUILD_SCHEDULED_EVENT_USER_ADD"],
        ),
        (Intent.GUILD_WEBHOOKS, ["WEBHOOKS_UPDATE"]),
        (Intent.GUILD_INVITES, ["INVITE_CREATE"]),
    ],
    ids=["none", "reactions", "guilds", "scheduled events", "webhooks", "invites"],
)
async def test_a_session_hears_what_it_asked_for(
    fake, guild, alice, bob, api, connect, intents, heard
):
    socket = await connect()
    await socket.identify(fake.token, int(intents))
    if intents & Intent.GUILDS:
        await socket.event("GUILD_CREATE")
    before = len(await socket.settle())
    await all_of_it(fake, guild, alice, bob, api)
    told = (await socket.settle())[before:]

    assert list(dict.fromkeys(each for each in told if each not in OWN)) == heard


OWN = ("GUILD_MEMBER_UPDATE", "GUILD_CREATE")


async def test_members_of_a_thread_are_told_with_their_intent(
    fake, guild, alice, bob, api, connect
):
    socket = await connect()
    await socket.identify(fake.token, int(Intent.GUILD_MEMBERS | Intent.GUILDS))
    await alice.starts_thread("Tea")
    await bob.joins_thread("Tea")
    added = await socket.event("THREAD_MEMBERS_UPDATE")
    await bob.joins_thread("Tea", on=False)
    removed = await socket.event("THREAD_MEMBERS_UPDATE")

    assert [each["user_id"] for each in added["added_members"]] == [bob.id]
    assert (removed["removed_member_ids"], removed["member_count"]) == ([bob.id], 1)


async def test_without_it_the_bot_is_told_of_itself(fake, guild, alice, api, connect):
    socket = await connect()
    await socket.identify(fake.token, int(Intent.GUILDS))
    thread = await alice.starts_thread("secret", private=True)
    bot = f"/channels/{thread.id}/thread-members/@me"
    await api("PUT", bot)

    told = await socket.event("THREAD_MEMBERS_UPDATE")
    assert [each["user_id"] for each in told["added_members"]] == [fake.application_id]
    assert socket.events.count("THREAD_CREATE") == 2


async def test_what_happens_out_of_sight_is_not_told(fake, guild, alice, bob, api, connect):
    guild.bot_may(Permission.CONNECT)
    for name in ("general", "Lobby"):
        await guild.channel(name).overwrite("bot", deny=Permission.VIEW_CHANNEL)
    socket = await connect()
    every = int(sum(Intent)) & ~int(Intent.GUILD_MODERATION)
    await socket.identify(fake.token, every)
    before = len(await socket.settle())
    said = await alice.types("psst")
    await bob.reacts("🤫", said)
    await alice.starts_thread("hush", said)
    await bob.types("yes?", channel="hush")
    guild.plans_event("Party", channel="Lobby")
    await bob.is_interested("Party")

    assert [each for each in (await socket.settle())[before:] if each != "GUILD_CREATE"] == []
