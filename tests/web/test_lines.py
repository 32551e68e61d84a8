"""What a server is shown of queues that all servers share."""

from __future__ import annotations

import pytest

from rallypoint.features.boards.service.lines import waits
from rallypoint.features.sessions.api import State, VoiceSession
from rallypoint.kernel.ids import GuildId

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

HERE, ELSEWHERE = GuildId(1), GuildId(2)


@pytest.fixture
def asked(sessions, clock):
    """All of them, in this order: where, who, which lane, how it stands."""

    async def plant(*rows):
        async with sessions.begin() as session:
            for member_id, (guild_id, name, lane, state) in enumerate(rows, 1):
                seated = state != State.REQUESTED
                row = VoiceSession(
                    guild_id=guild_id,
                    member_id=member_id,
                    member_name=name,
                    lane=lane,
                    state=state,
                    slot=member_id if seated else None,
                    join_seconds=300,
                    requested_at=clock.now(),
                    deadline_at=clock.now() if seated else None,
                )
                session.add(row)

    return plant


async def test_the_place_is_that_in_its_lane_over_all_servers_whose_people_are_not_named(
    asked, sessions
):
    await asked(
        (HERE, "alice", "gpu", State.RUNNING),
        (ELSEWHERE, "mallory", "gpu", State.WAITING),
        (ELSEWHERE, "oscar", "gpu", State.REQUESTED),
        (HERE, "bob", "cpu", State.REQUESTED),
        (HERE, "charlie", "gpu", State.REQUESTED),
    )
    async with sessions() as session:
        here, there = [await waits(session, each) for each in (HERE, ELSEWHERE)]

    assert [(each.name, each.place) for each in here] == [("alice", 0), ("bob", 1), ("charlie", 2)]
    assert [(each.name, each.place) for each in there] == [("mallory", 0), ("oscar", 1)]
    assert [each.deadline_at is not None for each in (*here, *there)] == [
        *(False, False, False),
        *(True, False),
    ]
