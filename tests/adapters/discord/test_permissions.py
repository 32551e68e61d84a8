"""What the bot knows of its own rights, without asking."""

from __future__ import annotations

import pytest

from fakecord import Permission as Bit
from rallypoint.kernel.ids import ChannelId, GuildId
from rallypoint.kernel.people import Permission


def rights(port, home, channel=None):
    channel_id = ChannelId(int(home.channel(channel).id)) if channel else None
    return port.bot_permissions(GuildId(int(home.id)), channel_id)


async def test_they_follow_the_role_at_once(program, port, home):
    await program.hears(
        "GUILD_ROLE_UPDATE", lambda: home.bot_may(Bit.VIEW_CHANNEL, Bit.MANAGE_CHANNELS)
    )

    held = rights(port, home)
    assert Permission.MANAGE_CHANNELS in held
    assert Permission.MOVE_MEMBERS not in held


async def test_an_overwrite_counts_in_its_channel_only(program, port, home):
    lobby = home.channel("Lobby")
    await program.hears(
        "CHANNEL_UPDATE", lobby.overwrite("@everyone", deny=int(Bit.MANAGE_CHANNELS))
    )

    assert Permission.MANAGE_CHANNELS not in rights(port, home, "Lobby")
    assert Permission.MANAGE_CHANNELS in rights(port, home)


async def test_without_connect_a_voice_channel_cannot_be_managed(program, port, home):
    lobby = home.channel("Lobby")
    await program.hears("CHANNEL_UPDATE", lobby.overwrite("@everyone", deny=int(Bit.CONNECT)))

    assert Permission.MANAGE_CHANNELS not in rights(port, home, "Lobby")


async def test_an_administrator_holds_everything(program, port, home):
    await program.hears("GUILD_ROLE_UPDATE", lambda: home.bot_may(Bit.ADMINISTRATOR))

    held = rights(port, home, "Lobby")
    assert all(each in held for each in Permission if each is not Permission.NONE)


async def test_nothing_is_known_of_a_guild_in_an_outage(program, port, home):
    await program.hears("GUILD_DELETE", home.outage(True))
    assert rights(port, home) is None

    await program.hears("GUILD_CREATE", home.outage(False))
    assert rights(port, home) is not None


async def test_nothing_is_known_of_a_guild_it_was_removed_from(program, port, home):
    await program.hears("GUILD_DELETE", home.removes_bot())

    assert rights(port, home) is None


@pytest.mark.parametrize("known", [False, True], ids=["another guild", "another channel"])
async def test_nothing_is_known_of_what_is_not_there(port, home, known):
    guild_id = GuildId(int(home.id)) if known else GuildId(1)

    assert port.bot_permissions(guild_id, ChannelId(2)) is None


async def test_nothing_is_known_before_the_first_log_in(start):
    program = start()

    assert program.port.bot_id is None
    assert program.port.bot_permissions(GuildId(1)) is None
    assert not program.port.connected
