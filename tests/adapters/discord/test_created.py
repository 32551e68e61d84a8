"""Finding what a create left behind: by the audit log, and by likeness where that may not be read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import discord
import pytest

from fakecord import Fault
from fakecord import Permission as Bit
from rallypoint.kernel.errors import Forbidden, OutcomeUnknown, Unavailable
from rallypoint.kernel.ids import ChannelId, GuildId, OperationId
from rallypoint.kernel.ports import VoiceChannelPlan

OPERATION = OperationId("01OP")
LOG = ("GET", "/guilds/{guild_id}/audit-logs")
BLIND = (Bit.VIEW_CHANNEL, Bit.CONNECT, Bit.MANAGE_CHANNELS)
SECOND = timedelta(seconds=1)


@pytest.fixture
def plan(home):
    return VoiceChannelPlan("room", parent_id=ChannelId(int(home.channel("Voice").id)))


@pytest.fixture
async def lost(port, home, plan, fake):
    """A channel whose creation was never confirmed."""
    fake.faults.add(Fault("POST", "/guilds/{guild_id}/channels", after=True, status=502))
    with pytest.raises(OutcomeUnknown):
        await port.open_voice_channel(
            GuildId(int(home.id)), plan, operation=OPERATION, reason="for alice"
        )
    return ChannelId(int(home.channel("room").id))


def found(port, home, plan, *, operation=OPERATION, since=None, until=None):
    now = datetime.now(UTC)
    return port.find_created(
        GuildId(int(home.id)),
        plan,
        operation=operation,
        since=since or now - 30 * SECOND,
        until=until or now + 30 * SECOND,
    )


@pytest.fixture
def blind(home, program, fake):
    """The bot may not read the audit log, and knows it."""

    async def blind():
        home.bot_may(*BLIND)
        await caught_up(program, home)

    return blind


async def caught_up(program, home):
    """The bot has heard all there was to hear so far."""
    await program.hears("CHANNEL_UPDATE", home.channel("general").edit(topic="x"))


async def test_by_the_audit_log(port, home, plan, lost):
    assert await found(port, home, plan) == (lost,)


async def test_the_name_does_not_matter_to_the_audit_log(port, home, plan, lost):
    await home.channel("room").edit(name="renamed", parent_id=None)

    assert await found(port, home, plan) == (lost,)


async def test_of_two_operations_each_finds_its_own(port, home, plan, lost):
    other = await port.open_voice_channel(
        GuildId(int(home.id)), plan, operation=OperationId("01OTHER"), reason="for bob"
    )

    assert await found(port, home, plan) == (lost,)
    assert await found(port, home, plan, operation=OperationId("01OTHER")) == (other,)


async def test_an_operation_that_left_nothing_finds_nothing(port, home, plan):
    assert await found(port, home, plan) == ()


async def test_a_channel_that_was_deleted_since_is_not_found(port, home, plan, lost):
    await home.channel("room").delete()

    assert await found(port, home, plan) == ()


async def test_somebody_elses_look_alike_is_not_ours(port, home, plan):
    home.add_channel("room", "voice", category="Voice")

    assert await found(port, home, plan) == ()


async def test_an_audit_log_that_lags_behind_is_waited_for(port, home, plan, lost):
    home.state.audit_log.clear()

    with pytest.raises(Unavailable) as error:
        await found(port, home, plan)

    assert error.value.retry_in == timedelta(seconds=5)


async def test_it_is_found_behind_pages_of_others(port, home, plan, lost, fake):
    for number in range(230):
        home.add_channel(f"filler-{number}")

    assert await found(port, home, plan) == (lost,)
    assert len(fake.requests.matching(*LOG)) == 3


async def test_an_audit_log_older_than_the_operation_is_not_read_through(port, home, plan, fake):
    for number in range(230):
        home.add_channel(f"filler-{number}")
    later = datetime.now(UTC) + timedelta(minutes=10)

    assert await found(port, home, plan, since=later, until=later) == ()
    assert len(fake.requests.matching(*LOG)) == 1


async def test_a_channel_out_of_sight_is_not_taken_for_deleted(port, home, plan, lost):
    home.bot_may(Bit.VIEW_AUDIT_LOG)
    home.everyone_may()

    with pytest.raises(Forbidden):
        await found(port, home, plan)


async def test_by_likeness_without_the_audit_log(port, home, plan, lost, blind, fake):
    await blind()

    assert await found(port, home, plan) == (lost,)
    assert fake.requests.matching(*LOG) == []


async def test_by_likeness_when_the_right_to_read_is_lost_just_now(port, home, plan, lost, fake):
    fake.faults.add(Fault(*LOG, status=403))

    assert await found(port, home, plan) == (lost,)


async def test_two_alike_are_both_named(port, home, plan, lost, blind):
    twin = home.add_channel("room", "voice", category="Voice")
    await blind()

    assert set(await found(port, home, plan)) == {lost, ChannelId(int(twin.id))}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"name": "Room"}, id="another name"),
        pytest.param({"parent_id": None}, id="another parent"),
    ],
)
async def test_what_is_not_alike_is_not_ours(port, home, plan, lost, blind, change):
    await home.channel("room").edit(**change)
    await blind()

    assert await found(port, home, plan) == ()


async def test_another_kind_of_channel_is_not_ours(port, home, plan, blind):
    home.add_channel("room", "stage", category="Voice")
    await blind()

    assert await found(port, home, plan) == ()


async def test_only_within_its_time(port, home, plan, lost, blind):
    made = discord.utils.snowflake_time(lost)
    await blind()

    assert await found(port, home, plan, since=made, until=made) == (lost,)
    before, after = made - SECOND, made + SECOND
    assert await found(port, home, plan, since=before, until=before) == ()
    assert await found(port, home, plan, since=after, until=after) == ()


async def test_a_create_in_the_same_millisecond_is_found(port, home, plan, lost, blind):
    made = discord.utils.snowflake_time(lost)
    await blind()
    since = made + timedelta(microseconds=999)

    assert await found(port, home, plan, since=since, until=since) == (lost,)


async def test_an_answer_that_fails_leaves_it_open(port, home, plan, lost, fake):
    fake.faults.add(Fault("GET", "/channels/{channel_id}", status=503))

    with pytest.raises(Unavailable):
        await found(port, home, plan)
