from __future__ import annotations

import pytest
from sqlalchemy import text

from rallypoint.kernel.people import Permission

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


NEEDED = (
    *(Permission.VIEW_CHANNEL, Permission.SEND_MESSAGES, Permission.CONNECT, Permission.SPEAK),
    *(Permission.MANAGE_CHANNELS, Permission.MANAGE_ROLES, Permission.MOVE_MEMBERS),
    Permission.VIEW_AUDIT_LOG,
)


async def ask(who, options=None):
    return (await (await who.runs("/doctor", options)).answered(timeout=20)).text


async def test_all_is_well_where_the_bot_has_what_it_needs(house, guild, alice):
    assert "every permission I need" in await ask(alice)


async def test_the_overwrite_in_the_way_and_what_mends_it_are_named(house, guild, alice):
    guild.bot_may(*NEEDED)
    voice = guild.add_channel("Games", "category")
    await voice.overwrite("@everyone", deny=Permission.CONNECT)
    said = await ask(alice, {"channel": "Games"})

    assert f"In <#{voice.id}> I lack **Connect**: the permissions of <@&{guild.id}>" in said
    assert "Allow **Connect** for" in said


async def test_what_is_missing_on_the_server_comes_with_the_link_that_asks_for_it(
    house, guild, alice
):
    guild.bot_may(Permission.VIEW_CHANNEL)
    said = await ask(alice)

    assert "Manage Channels" in said
    assert "Add me again" in said


async def test_who_adds_the_bot_is_told_once_what_to_do_first(house, fake):
    """Also at once after the log-in, and again after an outage it is not."""
    added = fake.guild("New home")
    owner = added.member("nora", owner=True)
    await house.until(lambda: "Run `/doctor`" in owner.reads_direct())
    await added.outage(True)
    await added.outage(False)
    await house.gateway.invalidate()
    another = fake.guild("Another home").member("olga", owner=True)
    await house.until(lambda: "Run `/doctor`" in another.reads_direct(), timeout=20)

    assert (owner.reads_direct() + _all_said(added)).count("Run `/doctor`") == 1


async def test_a_server_the_bot_was_in_before_is_not_greeted(house, guild, alice, sessions):
    """One that adds it later is: by then this one would have been."""
    await guild.outage(True)
    await guild.outage(False)
    added = house.guild("New home")
    owner = added.member("nora", owner=True)
    await house.until(lambda: "Run `/doctor`" in owner.reads_direct(), timeout=20)

    greetings = "SELECT key FROM {} WHERE kind = 'checkups.welcome'"
    async with sessions() as session:
        to_come = set(await session.scalars(text(greetings.format("timer"))))
        run = set(await session.scalars(text(greetings.format("run"))))
    assert to_come | run <= {f"checkups.welcome:{added.id}"}
    assert "Run `/doctor`" not in alice.reads_direct() + _all_said(guild)


def _all_said(guild):
    return "".join(each.transcript() for each in guild.channels)
