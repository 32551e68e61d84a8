"""Whatever people do, and whatever goes wrong at Discord: no room with somebody in it is deleted, no empty one outlives
its time once things go well again, and nothing that is not ours is touched."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from fakecord import Fault

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

CREATE = ("POST", "/guilds/{guild_id}/channels")
DELETE = ("DELETE", "/channels/{channel_id}")
PEOPLE = ("charlie", "dora")

opens = st.tuples(st.just("opens"), st.sampled_from(PEOPLE))
joins = st.tuples(st.just("joins"), st.sampled_from(PEOPLE), st.integers(0, 3))
leaves = st.tuples(st.just("leaves"), st.sampled_from(PEOPLE))
passes = st.tuples(st.just("passes"), st.sampled_from([1, 60, 299, 300, 301]))
breaks = st.tuples(
    st.just("breaks"), st.sampled_from([CREATE, DELETE]), st.booleans(), st.sampled_from([502, 403])
)
steps = st.lists(st.one_of(opens, joins, leaves, passes, breaks), min_size=4, max_size=12)


OPEN_STAYS = text("SELECT count(*) FROM voice_stay WHERE ended_at IS NULL")
DUE = text("SELECT count(*) FROM timer WHERE kind = 'rooms.close' AND due_at <= :now")


class Town:
    """A guild in which people live with rooms."""

    def __init__(self, house, guild, sessions, eventually):
        self.house, self.guild = house, guild
        self.sessions, self.eventually = sessions, eventually
        self.before = set(guild.channel_names)
        self.seated = set()

    @property
    def rooms(self):
        names = set(self.guild.channel_names) - self.before
        return [each for each in self.guild.channels if each.name in names]

    async def does(self, step):
        match step:
            case ("opens", who):
                done = await self.guild.member(who).runs("/room public")
                await done.answered(timeout=20)
            case ("joins", who, number) if self.rooms:
                await self.guild.member(who).joins(self.rooms[number % len(self.rooms)].id)
                self.seated.add(who)
            case ("leaves", who) if who in self.seated:
                await self.leaves(who)
            case ("passes", seconds):
                await self.passes(seconds)
            case ("breaks", route, after, status):
                # Discord carries nothing out that it forbids.
                method, path = route
                late = after and status == 502
                self.house.faults.add(Fault(method, path, status=status, after=late))
            case _:
                pass
        await self.eventually(self.stays, len(self.seated))
        assert all(self.guild.member(who).voice for who in self.seated), "somebody lost their room"

    async def leaves(self, who):
        self.seated.discard(who)
        await self.guild.member(who).leaves()

    async def passes(self, seconds):
        """Until what is due by then has been done: nobody comes in while a room is being deleted."""
        self.house.clock.advance(seconds)
        await self.eventually(self.due, 0)

    async def stays(self):
        async with self.sessions() as session:
            return await session.scalar(OPEN_STAYS)

    async def due(self):
        now = datetime.fromtimestamp(self.house.clock.now(), UTC).replace(tzinfo=None)
        async with self.sessions() as session:
            return await session.scalar(DUE, {"now": now.isoformat(" ", "microseconds")})

    async def comes_to_rest(self):
        """All goes well again, and everybody leaves: within the rooms' time and a minute they are gone."""
        self.house.faults.clear()
        self.guild.role(f"hope {self.house.clock.now()}")
        for who in sorted(self.seated):
            await self.leaves(who)
        await self.eventually(self.stays, 0)
        await self.passes(300)
        await self.passes(60)
        await self.house.until(lambda: not self.rooms)


@given(steps=steps)
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_rooms_keep_their_promises(house, guild, charlie, sessions, eventually, steps):
    town = Town(house, guild, sessions, eventually)
    for step in steps:
        await town.does(step)
    await town.comes_to_rest()

    assert set(guild.channel_names) == town.before
