"""What a guild's own schedule looks after: its own rooms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import pytest
from sqlalchemy import select, update

from rallypoint.features.rooms.feature import feature
from rallypoint.features.rooms.model import Room
from rallypoint.features.rooms.rules.states import State
from rallypoint.features.rooms.service import following
from rallypoint.kernel.events import Outbox, record
from rallypoint.kernel.ids import GuildId
from rallypoint.kernel.jobs import Interval, Timer, schedules
from rallypoint.kernel.jobs.schedules import Wanted

HERE, ELSEWHERE = GuildId(1001), GuildId(2002)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Stirred:
    kind: ClassVar[str] = "presence.stirred"
    channel_id: int

    @property
    def subject(self) -> str:
        return f"channel:{self.channel_id}"


@pytest.fixture
async def left_behind(sessions, clock):
    """In each guild a room whose channel was being made when everything stopped."""
    async with sessions.begin() as session:
        for guild_id in (HERE, ELSEWHERE):
            told = {"kind": "public", "name": "x", "owner_id": 1, "operation": str(guild_id)}
            times = {"state": State.CREATING, "requested_at": clock.now() - MINUTE}
            session.add(Room(guild_id=guild_id, **told, **times))


async def looked_after(sessions):
    async with sessions.begin() as session:
        timers = select(Timer.args["room_id"].as_integer()).where(Timer.kind == "rooms.settle")
        rooms = select(Room.guild_id).where(Room.id.in_(list(await session.scalars(timers))))
        return sorted(await session.scalars(rooms))


@pytest.mark.parametrize(
    ("guild_id", "expected"), [(HERE, [HERE]), (None, [HERE, ELSEWHERE])], ids=["guild", "program"]
)
async def test_a_guild_s_schedule_looks_after_its_own_rooms_only(
    left_behind, sessions, drain, clock, guild_id, expected
):
    kinds = {"rooms.reconcile": feature.jobs["rooms.reconcile"]}
    wanted = Wanted(
        name="look", kind="rooms.reconcile", recurrence=Interval(MINUTE), guild_id=guild_id
    )
    async with sessions.begin() as session:
        await schedules.create(session, kinds, wanted, by=None, now=clock.now())
        await session.execute(update(Timer).values(args={"guild_id": ELSEWHERE}))
    clock.advance(MINUTE)
    await drain(kinds)

    assert await looked_after(sessions) == expected


async def test_only_what_happens_in_rooms_that_presence_ends_is_listened_to(sessions, clock):
    """Of all voice events of all guilds these are few."""
    cases = {
        1: ("rooms", State.OPEN),
        2: ("rooms", State.EMPTYING),
        3: ("rooms", State.CLOSED),
        4: ("sessions", State.OPEN),
    }
    async with sessions.begin() as session:
        for channel_id, (keeper, state) in cases.items():
            told = {"kind": "public", "name": "x", "owner_id": 1, "operation": str(channel_id)}
            times = {"state": state, "requested_at": clock.now()}
            room = {"guild_id": HERE, "channel_id": channel_id, "keeper": keeper}
            session.add(Room(**room, **told, **times))
        await record(session, *(Stirred(each) for each in (1, 2, 3, 4, 5)), at=clock.now())

        heard = await session.scalars(select(Outbox.subject).where(following.IS_ROOM))
        assert sorted(heard) == ["channel:1", "channel:2"]
