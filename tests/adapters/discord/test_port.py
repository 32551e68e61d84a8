"""What we ask of Discord, and what we make of each way it can go."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fakecord import Fault
from fakecord import Permission as Bit
from rallypoint.adapters.discord import answers, target
from rallypoint.adapters.discord.line import Line
from rallypoint.adapters.discord.operations import mark
from rallypoint.adapters.discord.port import Port
from rallypoint.kernel.errors import (
    Conflict,
    Forbidden,
    OutcomeUnknown,
    Refused,
    Unavailable,
)
from rallypoint.kernel.ids import ChannelId, GuildId, OperationId
from rallypoint.kernel.people import Permission
from rallypoint.kernel.ports import Overwrite, VoiceChannelPlan

PLAN = VoiceChannelPlan("room")
CREATE = ("POST", "/guilds/{guild_id}/channels")
DELETE = ("DELETE", "/channels/{channel_id}")


async def opened(port, home, plan=PLAN, *, operation="01OP", reason="for alice"):
    return await port.open_voice_channel(
        GuildId(int(home.id)), plan, operation=OperationId(operation), reason=reason
    )


async def closed(port, channel_id, *, operation="01OP", reason="empty"):
    await port.close_channel(
        ChannelId(int(channel_id)), operation=OperationId(operation), reason=reason
    )


def rooms(home):
    return [name for name in home.channel_names if name == "room"]


def fill(home, number, category=None):
    """With channels, until there are *number*, or that many in the category."""
    missing = number if category else number - len(home.channels)
    for index in range(missing):
        home.add_channel(f"filler-{index}", category=category)


async def test_a_channel_opens_as_planned(port, home):
    parent = ChannelId(int(home.channel("Voice").id))
    plan = VoiceChannelPlan(
        "Ünïcode room",
        parent_id=parent,
        user_limit=7,
        overwrites=(
            Overwrite(int(home.id), "role", deny=Permission.CONNECT),
            Overwrite(
                int(home.state.guild.owner_id),
                "member",
                allow=Permission.CONNECT | Permission.SPEAK,
            ),
        ),
    )

    channel_id = await opened(port, home, plan)

    made = home.channel(str(channel_id)).entity
    assert (made.name, made.parent_id, made.user_limit) == ("Ünïcode room", str(parent), 7)
    assert {(each.id, each.type, each.allow, each.deny) for each in made.overwrites} == {
        (home.id, 0, 0, 1 << 20),
        (home.state.guild.owner_id, 1, 1 << 20 | 1 << 21, 0),
    }


async def test_the_audit_log_names_the_operation(port, home, fake):
    channel_id = await opened(port, home, operation="01OPEN", reason="Raum für Zoë")
    await closed(port, channel_id, operation="01CLOSE", reason="leer")

    assert [request.reason for request in fake.requests if request.reason] == [
        "Raum für Zoë · rallypoint op 01OPEN",
        "leer · rallypoint op 01CLOSE",
    ]


@pytest.mark.parametrize("reason", ["x" * 600, "ö" * 600, "🎲" * 600, "", "100 % / & #"])
async def test_a_reason_of_any_length_keeps_the_operation(port, home, fake, reason):
    await opened(port, home, operation="01OP", reason=reason)

    said = fake.requests.matching(*CREATE)[0].reason
    assert said.endswith("rallypoint op 01OP")
    assert len(said) <= 512
    assert reason.startswith(said.removesuffix("rallypoint op 01OP").removesuffix(" · "))


def test_a_reason_is_cut_between_characters():
    assert mark("🎲" * 600, OperationId("01OP")).startswith("🎲🎲")


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Fault(*CREATE, after=True, status=500), id="500"),
        pytest.param(Fault(*CREATE, after=True, status=502, html=True), id="502 of the edge"),
        pytest.param(Fault(*CREATE, after=True, status=503), id="503"),
        pytest.param(Fault(*CREATE, after=True, status=504), id="504"),
        pytest.param(Fault(*CREATE, after=True, status=524), id="524"),
        pytest.param(Fault(*CREATE, after=True, reset=True), id="reset"),
    ],
)
async def test_a_create_that_failed_after_the_work_is_never_repeated(port, home, fake, fault):
    fake.faults.add(replace(fault, times=None))

    with pytest.raises(OutcomeUnknown):
        await opened(port, home)

    assert len(rooms(home)) == 1
    assert len(fake.requests.matching(*CREATE)) == 1


@pytest.mark.parametrize("fault", [Fault(*CREATE, status=502), Fault(*CREATE, reset=True)])
async def test_a_create_that_failed_before_the_work_is_unknown_too(port, home, fake, fault):
    fake.faults.add(replace(fault))

    with pytest.raises(OutcomeUnknown):
        await opened(port, home)

    assert rooms(home) == []


async def test_a_create_without_an_answer_is_unknown(port, home, fake, monkeypatch):
    monkeypatch.setattr(answers, "PATIENCE", 0.05)
    fake.faults.add(Fault(*CREATE, after=True, hold=True))

    with pytest.raises(OutcomeUnknown):
        await opened(port, home)

    assert len(rooms(home)) == 1


async def test_a_create_with_an_unreadable_answer_is_unknown(port, home, fake):
    fake.faults.add(Fault(*CREATE, after=True, status=200, html=True))

    with pytest.raises(OutcomeUnknown):
        await opened(port, home)


async def test_a_create_that_never_left_may_be_tried_again(port, home, fake):
    target.point_at("http://127.0.0.1:1")

    with pytest.raises(Unavailable) as error:
        await opened(port, home)

    assert type(error.value) is Unavailable
    assert fake.requests.matching(*CREATE) == []


async def test_without_a_client_nothing_is_asked():
    with pytest.raises(Unavailable) as error:
        await Port(Line()).close_channel(ChannelId(1), operation=OperationId("01OP"), reason="")

    assert type(error.value) is Unavailable


async def test_a_missing_permission_is_forbidden(port, home):
    home.bot_may(Bit.VIEW_CHANNEL)

    with pytest.raises(Forbidden) as error:
        await opened(port, home)

    assert error.value.code == "discord_forbids"
    assert error.value.facts == {"code": 50013, "message": "Missing Permissions"}


async def test_a_bad_plan_is_refused_with_discords_words(port, home):
    with pytest.raises(Refused) as error:
        await opened(port, home, VoiceChannelPlan("x" * 101))

    assert error.value.code == "discord_refuses"
    assert error.value.facts == {"code": 50035, "message": "Invalid Form Body"}


async def test_a_full_guild_is_a_conflict(port, home):
    fill(home, 500)

    with pytest.raises(Conflict) as error:
        await opened(port, home)

    assert error.value.code == "guild_full"


async def test_a_full_category_is_a_conflict(port, home):
    parent = home.channel("Voice").id
    fill(home, 49, category="Voice")

    with pytest.raises(Conflict) as error:
        await opened(port, home, replace(PLAN, parent_id=ChannelId(int(parent))))

    assert error.value.code == "category_full"


async def test_a_short_rate_limit_is_waited_out(port, home, fake):
    fake.limits.set("POST /guilds/{guild_id}/channels", 1, 0.05)

    await opened(port, home)
    await opened(port, home)

    assert len(rooms(home)) == 2


async def test_a_long_rate_limit_says_when_to_come_back(port, home, fake):
    fake.limits.set("POST /guilds/{guild_id}/channels", 0, 400)

    with pytest.raises(Unavailable) as error:
        await opened(port, home)

    assert error.value.retry_in is not None
    assert 300 < error.value.retry_in.total_seconds() <= 400
    assert rooms(home) == []


async def test_a_channel_that_is_gone_is_closed(port, home):
    channel_id = await opened(port, home)
    await closed(port, channel_id)
    await closed(port, channel_id)

    assert rooms(home) == []


async def test_a_404_of_anybody_else_does_not_mean_gone(port, home, fake):
    channel_id = await opened(port, home)
    fake.faults.add(Fault(*DELETE, status=404, html=True))

    with pytest.raises(Refused):
        await closed(port, channel_id)

    assert len(rooms(home)) == 1


async def test_a_delete_that_is_forbidden_says_so(port, home):
    channel_id = await opened(port, home)
    home.bot_may(Bit.VIEW_CHANNEL, Bit.CONNECT)

    with pytest.raises(Forbidden) as error:
        await closed(port, channel_id)

    assert error.value.facts["code"] == 50013


async def test_a_channel_out_of_sight_is_not_gone(port, home):
    channel_id = await opened(port, home)
    home.bot_may(Bit.MANAGE_CHANNELS)
    home.everyone_may()

    with pytest.raises(Forbidden) as error:
        await closed(port, channel_id)

    assert error.value.facts["code"] == 50001
    assert len(rooms(home)) == 1


async def test_a_delete_with_an_unknown_outcome_may_be_repeated(port, home, fake):
    channel_id = await opened(port, home)
    fake.faults.add(Fault(*DELETE, after=True, status=502))

    with pytest.raises(OutcomeUnknown):
        await closed(port, channel_id)
    await closed(port, channel_id)

    assert len(fake.requests.matching(*DELETE)) == 2


async def test_the_port_outlives_its_client(port, home, program):
    program.line.client.give_up("a test wants it")
    await program.until_connected(times=2)

    await opened(port, home)

    assert len(program.built) == 2
    assert len(rooms(home)) == 1


async def test_between_two_clients_nothing_is_asked(port, home, program, fake):
    await program.stop()

    with pytest.raises(Unavailable):
        await opened(port, home)

    assert fake.requests.matching(*CREATE) == []


async def test_forbidden_answers_are_counted(port, home, program):
    home.bot_may(Bit.VIEW_CHANNEL)
    for _ in range(3):
        with pytest.raises(Forbidden):
            await opened(port, home)

    assert program.line.invalid_requests.used == 3
