"""Who may do what, from a Discord that the test speaks for."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from rallypoint.adapters.discord.rights import Rights
from rallypoint.kernel.errors import NotFound, Unavailable
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import GuildId, RoleId, UserId
from rallypoint.kernel.people import Permission
from rallypoint.kernel.ports import Standing

ARENA = GuildId(10)
ALICE, BOB, OSCAR, BOT = UserId(1), UserId(2), UserId(3), UserId(9)


class SpokenFor:
    """A Discord that knows what the test says of people, and answers when it is let."""

    def __init__(self) -> None:
        self.connected = True
        self.bot_id = BOT
        self.said: dict[tuple[GuildId, UserId], Standing | Exception] = {
            (ARENA, BOB): Standing("Bob", Permission.MANAGE_GUILD, frozenset({RoleId(5)})),
            (ARENA, BOT): Standing("Rallypoint", Permission.NONE),
        }
        self.asked: list[UserId] = []
        self.open = asyncio.Event()
        self.open.set()

    async def standing(self, guild_id: GuildId, user_id: UserId) -> Standing | None:
        self.asked.append(user_id)
        await self.open.wait()
        said = self.said.get((guild_id, user_id))
        if isinstance(said, Exception):
            raise said
        return said


@pytest.fixture
async def discord():
    return SpokenFor()


@pytest.fixture
def rights(sessions, discord, clock):
    return Rights(Parts(sessions, clock, discord, operators=lambda: frozenset({OSCAR})))


async def test_a_member_is_what_discord_says(rights):
    bob = await rights.actor(BOB, ARENA)

    assert (bob.user_id, bob.guild_id, bob.name) == (BOB, ARENA, "Bob")
    assert (bob.permissions, bob.roles) == (Permission.MANAGE_GUILD, {RoleId(5)})


@pytest.mark.parametrize("guild", [ARENA, GuildId(11)], ids=["no member", "no such guild"])
async def test_who_is_no_member_is_told_the_same_as_if_there_were_no_guild(rights, guild):
    with pytest.raises(NotFound) as refused:
        await rights.actor(ALICE, guild)

    assert refused.value.code == "guild_unknown"


async def test_a_right_that_was_taken_is_gone_within_a_minute(rights, discord, clock):
    await rights.actor(BOB, ARENA)
    del discord.said[ARENA, BOB]
    clock.advance(timedelta(seconds=59))
    await rights.actor(BOB, ARENA)
    clock.advance(timedelta(seconds=1))

    with pytest.raises(NotFound):
        await rights.actor(BOB, ARENA)
    assert discord.asked == [BOB, BOB]


async def test_a_clock_that_goes_back_does_not_make_rights_last(rights, discord, clock):
    await rights.actor(BOB, ARENA)
    clock.set(clock.now() - timedelta(hours=1))
    await rights.actor(BOB, ARENA)

    assert discord.asked == [BOB, BOB]


async def test_many_requests_at_once_ask_once(rights, discord):
    discord.open.clear()
    asking = [asyncio.create_task(rights.actor(BOB, ARENA)) for _ in range(5)]
    await asyncio.sleep(0)
    asking[0].cancel()
    await asyncio.sleep(0)
    discord.open.set()
    found = await asyncio.gather(*asking, return_exceptions=True)

    assert discord.asked == [BOB]
    assert isinstance(found[0], asyncio.CancelledError)
    assert {getattr(each, "name", None) for each in found[1:]} == {"Bob"}


async def test_while_the_bot_is_away_nothing_is_guessed(rights, discord):
    await rights.actor(BOB, ARENA)
    discord.connected = False

    with pytest.raises(Unavailable):
        await rights.actor(BOB, ARENA)
    with pytest.raises(Unavailable):
        await rights.actor(OSCAR, ARENA)


async def test_a_failure_is_not_kept(rights, discord):
    good = discord.said[ARENA, BOB]
    discord.said[ARENA, BOB] = Unavailable("Discord answered 503")
    with pytest.raises(Unavailable):
        await rights.actor(BOB, ARENA)
    discord.said[ARENA, BOB] = good

    assert (await rights.actor(BOB, ARENA)).name == "Bob"


async def test_who_runs_the_program_may_everything_where_the_bot_is(rights):
    oscar = await rights.actor(OSCAR, ARENA)

    assert oscar.may(Permission.MANAGE_GUILD)
    assert rights.is_operator(OSCAR)
    assert not rights.is_operator(BOB)
    with pytest.raises(NotFound):
        await rights.actor(OSCAR, GuildId(11))
