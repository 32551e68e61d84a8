"""Bans, scheduled events, invites, stages and the guild's own settings, through discord.py."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import discord
import pytest

from fakecord import PeopleError, Permission


@pytest.fixture
async def client(bot):
    def everything(client):
        client._connection._intents = discord.Intents.all()

    return await bot(everything)


@pytest.fixture
def now(fake):
    fake.clock.freeze()
    return datetime.fromtimestamp(fake.clock.now(), UTC)


async def heard(fake, client, name, count=1):
    await fake.until(lambda: client.heard.count(name) >= count)


async def test_a_ban_takes_somebody_and_what_they_wrote(fake, guild, alice, bob, client):
    await bob.types("spam")
    await alice.types("hello")
    await bob.joins("Lobby")
    await client.demo.ban(discord.Object(int(bob.id)), delete_message_seconds=60, reason="spam")
    await heard(fake, client, "GUILD_BAN_ADD")
    entry = await client.demo.fetch_ban(discord.Object(int(bob.id)))

    assert alice.reads("general") == "alice: hello"
    assert (guild.banned, entry.reason) == (["bob"], "spam")
    assert guild.channel("Lobby").occupants == []
    assert client.heard.count("MESSAGE_DELETE_BULK") == 1
    with pytest.raises(PeopleError, match="banned"):
        guild.member("bob")


async def test_a_ban_is_listed_and_lifted(fake, guild, alice, bob, client):
    who = discord.Object(int(bob.id))
    await client.demo.ban(who)
    listed = [each.user.name async for each in client.demo.bans()]
    await client.demo.unban(who, reason="sorry")
    await heard(fake, client, "GUILD_BAN_REMOVE")
    with pytest.raises(discord.NotFound) as refused:
        await client.demo.fetch_ban(who)

    assert listed == ["bob"]
    assert refused.value.code == 10026
    assert guild.member("bob").id == bob.id


async def test_many_are_banned_at_once_but_for_those_above(guild, alice, bob, client):
    carol = guild.member("carol")
    people = [discord.Object(int(each.id)) for each in (bob, carol, alice)]
    done = await client.demo.bulk_ban(people)

    assert [each.id for each in done.banned] == [int(bob.id), int(carol.id)]
    assert [each.id for each in done.failed] == [int(alice.id)]


async def test_a_member_is_kicked_with_a_reason(guild, alice, bob, client):
    await client.demo.kick(discord.Object(int(bob.id)), reason="bye")
    entry = await anext(client.demo.audit_logs(action=discord.AuditLogAction.kick))

    assert (entry.target.id, entry.reason) == (int(bob.id), "bye")
    assert "bob" not in [each.name for each in guild.members]


async def test_an_event_lives_from_plan_to_end(fake, guild, alice, bob, now, client):
    lobby = client.demo.voice_channels[0]
    event = await client.demo.create_scheduled_event(
        name="Raid",
        start_time=now + timedelta(hours=1),
        channel=lobby,
        entity_type=discord.EntityType.voice,
        privacy_level=discord.PrivacyLevel.guild_only,
        description="bring snacks",
        reason="every week",
    )
    await bob.is_interested("Raid")
    await heard(fake, client, "GUILD_SCHEDULED_EVENT_USER_ADD")
    found = await client.demo.fetch_scheduled_event(event.id)
    users = [each.name async for each in found.users()]
    await found.edit(name="Big raid")
    started = await found.start()
    await started.end()
    await heard(fake, client, "GUILD_SCHEDULED_EVENT_UPDATE", 3)

    assert (found.user_count, users) == (1, ["bob"])
    assert found.description == "bring snacks"
    assert await client.demo.fetch_scheduled_events() == []
    assert guild.events == []
    with pytest.raises(discord.HTTPException) as refused:
        await found.edit(name="again", status=discord.EventStatus.active)
    assert refused.value.code == 180000


async def test_an_event_elsewhere_needs_a_place_and_an_end(now, client):
    async def plan(**given):
        return await client.demo.create_scheduled_event(
            name="Picnic",
            start_time=now + timedelta(hours=1),
            entity_type=discord.EntityType.external,
            privacy_level=discord.PrivacyLevel.guild_only,
            location="the park",
            **given,
        )

    event = await plan(end_time=now + timedelta(hours=2))
    await event.cancel()

    assert (event.location, event.channel) == ("the park", None)
    with pytest.raises(discord.HTTPException, match="must end after"):
        await plan(end_time=now + timedelta(minutes=30))


async def test_an_event_is_deleted(fake, guild, alice, now, client):
    event = await client.demo.create_scheduled_event(
        name="Raid",
        start_time=now + timedelta(hours=1),
        channel=client.demo.voice_channels[0],
        entity_type=discord.EntityType.voice,
        privacy_level=discord.PrivacyLevel.guild_only,
    )
    await event.delete()
    await heard(fake, client, "GUILD_SCHEDULED_EVENT_DELETE")

    with pytest.raises(discord.NotFound) as refused:
        await client.demo.fetch_scheduled_event(event.id)
    assert refused.value.code == 10070


START = "2999-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"scheduled_start_time": "2001-01-01T00:00:00+00:00"}, "scheduled_start_time"),
        ({"channel_id": None}, "channel_id"),
        ({"entity_type": 1}, "channel_id"),
        ({"entity_type": 3}, "channel_id"),
        ({"name": ""}, "name"),
        ({"privacy_level": 1}, "privacy_level"),
        ({"recurrence_rule": {"frequency": 1}}, "recurrence_rule"),
    ],
    ids=["past", "no channel", "no stage", "elsewhere in a channel", "no name", "public", "again"],
)
async def test_a_wrong_event_is_refused_at_the_field(guild, alice, api, given, field):
    body = {
        "name": "x",
        "privacy_level": 2,
        "scheduled_start_time": START,
        "entity_type": 2,
        "channel_id": guild.channel("Lobby").id,
    }
    answer = await api("POST", f"/guilds/{guild.id}/scheduled-events", body | given)

    assert (answer.code, list(answer.body["errors"])) == (50035, [field])


async def test_an_invite_is_made_found_and_withdrawn(fake, guild, alice, client):
    general = client.demo.text_channels[0]
    invite = await general.create_invite(max_age=60, max_uses=2, reason="a friend")
    same = await general.create_invite(max_age=60, max_uses=2, unique=False)
    found = await client.fetch_invite(invite.code)
    listed = [each.code for each in await client.demo.invites()]
    channel = [each.code for each in await general.invites()]
    await heard(fake, client, "INVITE_CREATE")
    await invite.delete()
    await heard(fake, client, "INVITE_DELETE")

    assert {same.code, found.code, *listed, *channel} == {invite.code}
    with pytest.raises(discord.NotFound) as refused:
        await client.fetch_invite(invite.code)
    assert refused.value.code == 10006


async def test_an_invite_runs_out(fake, guild, alice, now, client):
    invite = await client.demo.text_channels[0].create_invite(max_age=60)
    fake.clock.advance(60)

    with pytest.raises(discord.NotFound):
        await client.fetch_invite(invite.code)
    assert await client.demo.invites() == []


async def test_a_stage_goes_live_and_ends(fake, guild, alice, bot):
    guild.add_channel("Stage", "stage")
    client = await bot()
    stage = client.demo.stage_channels[0]
    live = await stage.create_instance(topic="Tea")
    await live.edit(topic="More tea")
    found = await stage.fetch_instance()
    with pytest.raises(discord.HTTPException) as twice:
        await stage.create_instance(topic="again")
    await live.delete()
    with pytest.raises(discord.NotFound) as gone:
        await stage.fetch_instance()

    assert found.topic == "More tea"
    assert (twice.value.code, gone.value.code) == (150006, 10067)


async def test_somebody_is_brought_onto_the_stage(guild, alice, bob, bot):
    stage = guild.add_channel("Stage", "stage")
    await bob.joins("Stage")
    client = await bot(members=True)
    member = client.demo.get_member(int(bob.id))
    await member.edit(suppress=True)
    hushed = bob.voice.suppress
    await member.edit(suppress=False)

    assert (hushed, bob.voice.suppress) == (True, False)
    assert stage.occupants == ["bob"]


async def test_the_guild_is_edited(fake, guild, alice, client):
    lobby, general = client.demo.voice_channels[0], client.demo.text_channels[0]
    await client.demo.edit(
        name="Renamed",
        description="tea",
        afk_channel=lobby,
        afk_timeout=900,
        system_channel=general,
        reason="spring",
    )
    await heard(fake, client, "GUILD_UPDATE")
    entry = await anext(client.demo.audit_logs(action=discord.AuditLogAction.guild_update))

    assert (guild.name, client.demo.afk_channel) == ("Renamed", lobby)
    assert (entry.after.name, entry.reason) == ("Renamed", "spring")


async def test_the_guilds_small_print(guild, alice, bob, api, client):
    role = guild.role("mods")
    await client.http.add_role(guild.id, bob.id, role.id)
    counts = (await api("GET", f"/guilds/{guild.id}/roles/member-counts")).body
    preview = await client.fetch_guild_preview(int(guild.id))

    assert preview.approximate_member_count == 3
    assert counts == {guild.bot_role.id: 1, role.id: 1}
    assert await client.demo.fetch_emojis() == []
    assert await client.demo.fetch_stickers() == []
    assert await client.fetch_premium_sticker_packs() == []
    assert await client.demo.fetch_soundboard_sounds() == []


@pytest.mark.parametrize(
    ("allowed", "what", "code"),
    [
        ((), "ban", 50013),
        ((Permission.BAN_MEMBERS,), "ban", 0),
        ((), "bans", 50013),
        ((Permission.BAN_MEMBERS,), "bulk", 50013),
        ((Permission.BAN_MEMBERS, Permission.MANAGE_GUILD), "bulk", 0),
        ((), "invite", 50013),
        ((Permission.CREATE_INSTANT_INVITE,), "invite", 0),
        ((), "invites", 50013),
        ((), "event", 50013),
        ((Permission.CREATE_EVENTS, Permission.CONNECT), "event", 0),
        ((Permission.CREATE_EVENTS,), "event", 50013),
    ],
)
async def test_each_needs_its_permission(guild, alice, bob, api, allowed, what, code):
    guild.everyone_may()
    guild.bot_may(Permission.VIEW_CHANNEL, *allowed)
    root, lobby = f"/guilds/{guild.id}", guild.channel("Lobby").id
    event = {
        "name": "x",
        "privacy_level": 2,
        "scheduled_start_time": START,
        "entity_type": 2,
        "channel_id": lobby,
    }
    asked = {
        "ban": ("PUT", f"{root}/bans/{bob.id}", {}),
        "bans": ("GET", f"{root}/bans", None),
        "bulk": ("POST", f"{root}/bulk-ban", {"user_ids": [bob.id]}),
        "invite": ("POST", f"/channels/{lobby}/invites", {}),
        "invites": ("GET", f"{root}/invites", None),
        "event": ("POST", f"{root}/scheduled-events", event),
    }[what]

    answer = await api(*asked)

    assert (answer.code if answer.status >= 400 else 0) == code


async def test_what_happens_goes_out_and_comes_back(fake, guild, alice, bob, now, client):
    await client.demo.text_channels[0].create_thread(
        name="a", type=discord.ChannelType.public_thread
    )
    await client.demo.text_channels[0].create_webhook(name="hook")
    await client.demo.text_channels[0].create_invite()
    await client.demo.ban(discord.Object(int(bob.id)))
    exported = fake.export()
    fake.restore(exported)
    again = fake.export()

    known = ("threads", "webhooks", "invites", "bans", "channels", "scheduled_events")
    assert [again["guilds"][0][each] for each in known] == [
        exported["guilds"][0][each] for each in known
    ]
    assert [len(again["guilds"][0][each]) for each in known[:4]] == [1, 1, 1, 1]
