"""Verbs on voice channels and on who is in them, each with what Discord may say to it."""

from __future__ import annotations

import pytest

from fakecord import Fault
from fakecord import Permission as Bit
from rallypoint.kernel.errors import Conflict, Forbidden, NotFound, OutcomeUnknown, Unavailable
from rallypoint.kernel.ids import ChannelId, GuildId, OperationId, UserId
from rallypoint.kernel.people import Permission
from rallypoint.kernel.ports import Overwrite, VoiceChannelChanges

OP = {"operation": OperationId("01OP"), "reason": "because"}
EDIT = ("PATCH", "/channels/{channel_id}")
PUT = ("PUT", "/channels/{channel_id}/permissions/{overwrite_id}")
MOVE = ("PATCH", "/guilds/{guild_id}/members/{user_id}")


@pytest.fixture
def lobby(home):
    home.bot_may(
        *(Bit.VIEW_CHANNEL, Bit.CONNECT, Bit.MANAGE_CHANNELS, Bit.MOVE_MEMBERS, Bit.SPEAK),
        *(Bit.MANAGE_ROLES, Bit.SET_VOICE_CHANNEL_STATUS),
    )
    return home.channel("Lobby")


@pytest.fixture
async def open_lobby(lobby):
    """The bot keeps its way in, whatever others may."""
    await lobby.overwrite("bot", allow=Bit.VIEW_CHANNEL | Bit.CONNECT)
    return lobby


def its_id(lobby):
    return ChannelId(int(lobby.id))


def guild_id(home):
    return GuildId(int(home.id))


async def test_a_name_and_a_limit_are_changed_and_the_rest_stays(port, lobby, fake):
    await port.edit_voice_channel(its_id(lobby), VoiceChannelChanges(name="Hall"), **OP)
    await port.edit_voice_channel(its_id(lobby), VoiceChannelChanges(user_limit=4), **OP)

    assert (lobby.name, lobby.entity.user_limit) == ("Hall", 4)
    assert fake.requests.matching(*EDIT)[0].reason == "because · rallypoint op 01OP"


async def test_the_third_rename_is_refused_with_the_time_to_wait_and_nobody_sleeps(port, lobby):
    for name in ("One", "Two"):
        await port.edit_voice_channel(its_id(lobby), VoiceChannelChanges(name=name), **OP)
    with pytest.raises(Unavailable) as error:
        await port.edit_voice_channel(its_id(lobby), VoiceChannelChanges(name="Three"), **OP)

    assert error.value.retry_in is not None
    assert error.value.retry_in.total_seconds() > 30
    assert lobby.name == "Two"


async def test_an_overwrite_changes_its_bits_and_keeps_what_others_have_set(port, home, open_lobby):
    lobby = open_lobby
    await lobby.overwrite("@everyone", allow=Bit.STREAM | Bit.CONNECT, deny=Bit.SPEAK)
    wanted = Overwrite(int(home.id), "role", deny=Permission.CONNECT)
    for _ in range(2):
        await port.change_overwrite(guild_id(home), its_id(lobby), wanted, **OP)

    [set_now] = [each for each in lobby.entity.overwrites if each.id == home.id]
    assert (set_now.allow, set_now.deny) == (Bit.STREAM, Bit.SPEAK | Bit.CONNECT)


async def test_an_overwrite_of_nothing_is_none_any_more_and_twice_is_as_once(
    port, home, open_lobby
):
    lobby = open_lobby
    await lobby.overwrite("@everyone", deny=Bit.CONNECT)
    nothing = Overwrite(int(home.id), "role")
    for _ in range(2):
        await port.change_overwrite(
            guild_id(home), its_id(lobby), nothing, clear=Permission.CONNECT, **OP
        )

    assert all(each.id != home.id for each in lobby.entity.overwrites)


async def test_a_member_is_moved_and_put_out(port, home, lobby, alice):
    home.add_channel("Hall", "voice")
    await alice.joins("Lobby")
    move = (guild_id(home), UserId(int(alice.id)))
    await port.move_member(*move, ChannelId(int(home.channel("Hall").id)), **OP)
    assert alice.voice_channel == "Hall"

    await port.move_member(*move, None, **OP)
    assert alice.voice_channel is None


async def test_who_has_left_voice_is_not_moved(port, home, lobby, alice):
    with pytest.raises(Conflict) as error:
        await port.move_member(guild_id(home), UserId(int(alice.id)), its_id(lobby), **OP)

    assert error.value.code == "member_not_in_voice"


@pytest.mark.parametrize("verb", ["edit", "overwrite", "status"])
async def test_a_channel_that_is_gone_is_said_so(port, home, lobby, verb):
    await lobby.delete()
    with pytest.raises(NotFound) as error:
        await do(port, home, lobby, verb)

    assert error.value.code == "channel_unknown"


@pytest.mark.parametrize(
    ("verb", "route"), [("edit", EDIT), ("overwrite", PUT), ("move", MOVE)], ids=lambda x: str(x)
)
async def test_a_failure_after_the_work_is_an_unknown_outcome_and_not_repeated(
    port, home, lobby, alice, fake, verb, route
):
    await alice.joins("Lobby")
    fake.faults.add(Fault(route[0], route[1], after=True, status=502, times=None))
    with pytest.raises(OutcomeUnknown):
        await do(port, home, lobby, verb, alice)

    assert len(fake.requests.matching(*route)) == 1


@pytest.mark.parametrize("verb", ["edit", "overwrite", "move", "status"])
async def test_what_discord_forbids_is_told_apart(port, home, lobby, alice, verb):
    await alice.joins("Lobby")
    home.bot_may(Bit.VIEW_CHANNEL)
    with pytest.raises(Forbidden):
        await do(port, home, lobby, verb, alice)


async def test_a_status_is_set_and_taken_away(port, home, lobby):
    await port.set_voice_status(its_id(lobby), "2 : 1", **OP)
    await port.set_voice_status(its_id(lobby), "", **OP)


async def do(port, home, lobby, verb, alice=None):
    match verb:
        case "edit":
            await port.edit_voice_channel(its_id(lobby), VoiceChannelChanges(user_limit=3), **OP)
        case "overwrite":
            wanted = Overwrite(int(home.id), "role", deny=Permission.CONNECT)
            await port.change_overwrite(guild_id(home), its_id(lobby), wanted, **OP)
        case "move":
            await port.move_member(guild_id(home), UserId(int(alice.id)), None, **OP)
        case _:
            await port.set_voice_status(its_id(lobby), "x", **OP)
