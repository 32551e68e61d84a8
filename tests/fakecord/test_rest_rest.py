"""What is left of the routes that discord.py asks for, asked by discord.py."""

from __future__ import annotations

import discord


async def test_a_bot_looks_around_in_its_guild(fake, guild, alice, bot):
    client = await bot(members=True)
    await alice.joins("Lobby")
    demo = client.demo
    fetched = await client.fetch_guild(demo.id)
    channels = [each.name for each in await demo.fetch_channels()]
    members = [each.name async for each in demo.fetch_members(limit=5)]
    roles = [each.name for each in await demo.fetch_roles()]
    seat = await (await demo.fetch_member(int(alice.id))).fetch_voice()
    found = [each.name for each in await demo.query_members("ali")]

    assert (fetched.name, sorted(channels)) == ("Demo", ["Lobby", "Text", "Voice", "general"])
    assert (set(members), found) == ({"bot", "alice"}, ["alice"])
    assert roles == ["@everyone", "bot"]
    assert seat.channel.name == "Lobby"
    assert fake.unknown_routes == []


async def test_a_bot_arranges_its_guild(fake, guild, alice, bot):
    client = await bot()
    demo, general = client.demo, client.demo.text_channels[0]
    role = await demo.create_role(name="one")
    renamed = await role.edit(name="two")
    await general.set_permissions(role, send_messages=False)
    denied = [each.id for each in guild.channel("general").entity.overwrites]
    await general.set_permissions(role, overwrite=None)
    den = await demo.create_voice_channel("Den")
    await den.move(beginning=True, category=None)
    await den.edit(status="busy")
    await demo.me.edit(nick="robot")

    assert (renamed.name, denied) == ("two", [str(role.id)])
    assert guild.channel("general").entity.overwrites == ()
    assert guild.state.members[fake.application_id].nick == "robot"
    assert fake.unknown_routes == []


async def test_commands_are_fetched_edited_and_taken_away_one_by_one(fake, guild, alice, bot):
    def arrange(client):
        @client.tree.command(description="x")
        async def ping(interaction: discord.Interaction) -> None:
            await interaction.response.send_message("pong")

        client.setup_hook = client.tree.sync

    client = await bot(arrange)
    [made] = await client.tree.fetch_commands()
    edited = await made.edit(description="y")
    same = await client.tree.fetch_command(made.id)
    await edited.delete()

    assert (same.description, await client.tree.fetch_commands()) == ("y", [])
    assert alice.commands() == []
    assert fake.unknown_routes == []
