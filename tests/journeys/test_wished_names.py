"""A wish for a name whose room went before it."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select

from rallypoint.features.panels.feature import feature
from rallypoint.features.panels.model import Panel
from rallypoint.features.panels.service import renaming
from rallypoint.features.rooms.model import Room
from rallypoint.features.rooms.rules.states import State
from rallypoint.kernel import jobs
from rallypoint.kernel.errors import NotFound
from rallypoint.kernel.jobs import Timer


class WithoutChannels:
    """A Discord in which every channel has been deleted."""

    connected = True

    def __init__(self):
        self.asked = 0

    def bot_permissions(self, guild_id, channel_id=None):
        return None

    async def edit_voice_channel(self, channel_id, changes, *, operation, reason):
        self.asked += 1
        raise NotFound("channel_unknown")

    async def say(self, channel_id, card, *, key, ping=None):
        raise NotFound("channel_unknown")


@pytest.mark.parametrize(
    ("gone", "asked"),
    [("at discord", 1), ("closed", 0), ("forgotten", 0)],
    ids=lambda each: str(each),
)
async def test_a_room_that_is_gone_wants_no_name_and_nothing_has_failed(
    sessions, clock, drain, gone, asked
):
    state = State.CLOSED if gone == "closed" else State.OPEN
    told = {"kind": "public", "name": "Old", "owner_id": 1, "operation": "op", "state": state}
    discord = WithoutChannels()
    async with sessions.begin() as session:
        session.add(Room(id=1, guild_id=9, channel_id=7, requested_at=clock.now(), **told))
        session.add(Panel(room_id=1, wished_name="New"))
        await session.flush()
        if gone == "forgotten":
            await session.execute(delete(Room))
        key = renaming.rename_key(1)
        await jobs.schedule(session, "panels.rename", due=clock.now(), key=key, room_id=1)
    await drain(feature.jobs, discord=discord)

    assert discord.asked == asked
    async with sessions() as session:
        assert list(await session.execute(select(Timer.kind, Timer.state))) == []
        assert (await session.get_one(Panel, 1)).wished_name is None
