"""What Discord says of people's rights, and of whose the bot is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fakecord import Fault
from fakecord import Permission as Bit
from rallypoint.kernel.errors import OutcomeUnknown, Unavailable
from rallypoint.kernel.ids import GuildId, UserId
from rallypoint.kernel.people import KNOWN, Permission


def guild_id(home) -> GuildId:
    return GuildId(int(home.id))


def user_id(member) -> UserId:
    return UserId(int(member.id))


@pytest.fixture
def of(port, home):
    async def of(member):
        return await port.standing(guild_id(home), user_id(member))

    return of


async def test_the_owner_may_everything(alice, of):
    standing = await of(alice)

    assert (standing.name, standing.is_owner) == ("alice", True)
    assert standing.permissions == KNOWN


async def test_an_administrator_may_everything(home, program, of):
    role = home.role("admin", int(Bit.ADMINISTRATOR))
    await program.hears("GUILD_ROLE_UPDATE", lambda: home.role("admin", int(Bit.ADMINISTRATOR)))
    dana = await of(home.member("dana", roles=["admin"]))

    assert dana.permissions == KNOWN
    assert not dana.is_owner
    assert int(role.id) in dana.roles


async def test_a_members_roles_add_up(home, program, of):
    home.role("one", int(Bit.MANAGE_GUILD))
    await program.hears(
        "GUILD_ROLE_UPDATE", lambda: (home.role("two"), home.role("two", int(Bit.MOVE_MEMBERS)))
    )
    bob = await of(home.member("bob", roles=["one", "two"]))
    charlie = await of(home.member("charlie"))

    assert Permission.MANAGE_GUILD | Permission.MOVE_MEMBERS in bob.permissions
    assert Permission.MANAGE_GUILD not in charlie.permissions
    assert Permission.VIEW_CHANNEL in charlie.permissions


async def test_during_a_time_out_next_to_nothing_may_be_done(fake, home, program, api, of):
    home.role("moderator", int(Bit.MANAGE_GUILD))
    await program.hears("GUILD_ROLE_UPDATE", lambda: home.role("moderator", int(Bit.MANAGE_GUILD)))
    bob = home.member("bob", roles=["moderator"])
    before = await of(bob)
    await api(bob, fake.clock.now() + 600)

    assert Permission.MANAGE_GUILD in before.permissions
    assert Permission.MANAGE_GUILD not in (await of(bob)).permissions


@pytest.fixture
def api(fake):
    """`await api(member, until)`: time them out."""

    async def time_out(member, until: float) -> None:
        step = fake.core.step()
        step.put(replace(member.entity, timeout_until=until))
        fake.core.commit(step)

    return time_out


async def test_who_is_no_member_has_no_standing(fake, home, of):
    mallory = fake.guild("Elsewhere").member("mallory")

    assert await of(mallory) is None


async def test_who_does_not_exist_has_no_standing(port, home):
    assert await port.standing(guild_id(home), UserId(1)) is None


async def test_where_the_bot_is_not_nobody_has_a_standing(port, alice):
    assert await port.standing(GuildId(1), user_id(alice)) is None


async def test_in_a_guild_that_is_not_served_nobody_has_a_standing(fake, home, alice, start):
    other = fake.guild("Other")
    dana = other.member("dana")
    program = start(allowed_guilds=[guild_id(home)])
    await program.until_connected()

    assert await program.port.standing(guild_id(home), user_id(alice)) is not None
    assert await program.port.standing(guild_id(other), user_id(dana)) is None


async def test_in_an_outage_nothing_is_known(program, port, home, alice, of):
    await program.hears("GUILD_DELETE", home.outage(True))

    with pytest.raises(Unavailable):
        await of(alice)


async def test_before_the_first_connection_nothing_is_known(start, home, alice):
    program = start()

    with pytest.raises(Unavailable):
        await program.port.standing(guild_id(home), user_id(alice))


# Not 500, which discord.py tries five times, over 25 seconds.
@pytest.mark.parametrize("status", [503, 404, 403, 400])
async def test_an_answer_that_is_none_is_no_right_and_no_lack_of_one(fake, home, alice, of, status):
    fake.faults.add(Fault("GET", "/guilds/{guild_id}/members/{user_id}", status=status, times=None))

    with pytest.raises(Unavailable):
        await of(alice)


async def test_the_applications_owner_is_learned_at_the_log_in(fake, home, alice, start):
    fake.owned_by(alice)
    program = start()
    before = program.port.application_owners
    await program.until_connected()

    assert before == frozenset()
    assert program.port.application_owners == {user_id(alice)}


async def test_of_a_team_those_count_who_may_change_the_application(fake, home, start):
    owner, admin, developer, reader, invited = (
        home.member(name) for name in ("owner", "admin", "developer", "reader", "invited")
    )
    roles = {admin: "admin", developer: "developer", reader: "read_only", invited: "admin"}
    fake.owned_by_team(owner, roles, invited=[invited])
    program = start()
    await program.until_connected()

    assert program.port.application_owners == {
        user_id(owner),
        user_id(admin),
        user_id(developer),
    }


async def test_who_has_left_the_team_is_known_once_it_is_asked_about(fake, home, start):
    owner, oscar = home.member("owner"), home.member("oscar")
    fake.owned_by_team(owner, {oscar: "admin"})
    program = start()
    await program.until_connected()
    fake.owned_by_team(owner, {})
    before = program.port.application_owners
    await program.port.ask_application_owners()

    assert before == {user_id(owner), user_id(oscar)}
    assert program.port.application_owners == {user_id(owner)}


async def test_when_discord_does_not_say_whose_it_is_nothing_changes(fake, home, alice, start):
    fake.owned_by(alice)
    program = start()
    with pytest.raises(Unavailable):
        await program.port.ask_application_owners()
    await program.until_connected()
    fake.faults.add(Fault("GET", "/oauth2/applications/@me", status=503, times=None))

    with pytest.raises((Unavailable, OutcomeUnknown)):
        await program.port.ask_application_owners()
    assert program.port.application_owners == {user_id(alice)}
